"""Start the demo forum."""

from relying_parties.demo import main
from relying_parties.forum.app import create_app

main("forum", create_app)
