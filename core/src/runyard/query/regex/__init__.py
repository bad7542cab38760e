r"""Regular expressions that mean the same in Python and in every database.

A match may lie anywhere in the text. There are literals, `.` (anything but a newline), classes such as `[a-z]` and
`[^,;]`, `\d \w \s \D \W \S` (ASCII only), `\n \t \r \f \v`, `^` and `$` (the ends of the whole text), groups,
`|`, and the quantifiers `* + ? {m} {m,} {m,n}`. Letters match by case. A backslash before punctuation makes it literal.
Matching takes time in proportion to the text, whatever the expression.
"""

from runyard.query.regex.matcher import Matcher, matcher
from runyard.query.regex.parser import parse_regex
from runyard.query.regex.render import to_pcre, to_postgres

__all__ = ["Matcher", "matcher", "parse_regex", "to_pcre", "to_postgres"]
