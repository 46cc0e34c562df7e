import pytest

from tests.benchmarks.http import read

WHOLE = (
    b"HTTP/1.1 303 See Other\r\nLocation: https://a.example/?code=1\r\nContent-Length: 2\r\n\r\nok"
)
CHUNKED = (
    b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n3;x=y\r\ncde\r\n0\r\n\r\n"
)


def test_an_answer_is_read_whole_and_what_follows_is_left():
    found = read(WHOLE + b"HTTP/1.1")
    assert found is not None
    answer, end = found
    assert (answer.status, answer.body, end) == (303, b"ok", len(WHOLE))
    assert answer.location == "https://a.example/?code=1"


@pytest.mark.parametrize("whole", [WHOLE, CHUNKED])
def test_more_is_waited_for_at_every_byte(whole: bytes):
    assert [read(whole[:end]) for end in range(len(whole))] == [None] * len(whole)
    assert read(whole) is not None


def test_chunks_are_joined():
    found = read(CHUNKED)
    assert found is not None
    assert (found[0].body, found[1]) == (b"abcde", len(CHUNKED))


def test_an_answer_without_a_length_is_refused():
    with pytest.raises(ValueError, match="without a length"):
        read(b"HTTP/1.1 200 OK\r\n\r\n")
