"""Start the demo shop."""

from relying_parties.demo import main
from relying_parties.shop.app import create_app

main("shop", create_app)
