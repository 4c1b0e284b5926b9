"""Schema: compare the models with the migrations, show the plan, migrate. This name is what migration files import."""

from mainspring.schema.vocabulary import Operations as Operations
