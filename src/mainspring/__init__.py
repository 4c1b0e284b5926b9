"""Mainspring: the whole back end of a site or an app in one Python package. These are its public names."""

from sqlalchemy.orm import Mapped as Mapped

from mainspring.app import App as App
from mainspring.context import Who as Who
from mainspring.model.adopted import Adopted as Adopted
from mainspring.model.computed.declare import computed as computed
from mainspring.model.constraint import check as check
from mainspring.model.constraint import index as index
from mainspring.model.constraint import unique as unique
from mainspring.model.field import by_database as by_database
from mainspring.model.field import field as field
from mainspring.model.field import many as many
from mainspring.model.field import me as me
from mainspring.model.field import one as one
from mainspring.model.kinds import JSON as JSON
from mainspring.model.kinds import Email as Email
from mainspring.model.kinds import File as File
from mainspring.model.kinds import Image as Image
from mainspring.model.kinds import LongText as LongText
from mainspring.model.kinds import Slug as Slug
from mainspring.model.kinds import Url as Url
from mainspring.model.model import Model as Model
from mainspring.model.rules import Access as Access
from mainspring.model.rules import anyone as anyone
from mainspring.model.rules import is_me as is_me
from mainspring.model.rules import member_of as member_of
from mainspring.model.rules import nobody as nobody
from mainspring.model.rules import role as role
from mainspring.model.rules import rule as rule
from mainspring.model.rules import signed_in as signed_in
from mainspring.model.rules import through as through
from mainspring.model.user import User as User
