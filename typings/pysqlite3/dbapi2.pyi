# pysqlite3 is the standard module built with a newer SQLite; its names are the same.
from sqlite3.dbapi2 import *
