class error(Exception): ...  # noqa: N801 - its name

class Options:
    posix_syntax: bool
    perl_classes: bool
    one_line: bool
    dot_nl: bool
    never_capture: bool
    case_sensitive: bool
    log_errors: bool
    max_mem: int

class Pattern:
    programsize: int
    def search(self, text: str) -> object | None: ...

def compile(pattern: str, options: Options | None = None) -> Pattern: ...
