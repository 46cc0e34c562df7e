"""What the tests stand on: a frozen clock, throwaway servers, a browser. No mocks."""
