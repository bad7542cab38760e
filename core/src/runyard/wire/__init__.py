"""What crosses the network between Runyard clients and servers: batches and curves in few bytes, entities as JSON."""

from runyard.wire.batches import BATCH_TYPE, checked_start, decode_batch, encode_batch
from runyard.wire.curves import (
    COLUMNS_TYPE,
    CURVES_TYPE,
    decode_columns,
    decode_curves,
    encode_columns,
    encode_curves,
)
from runyard.wire.plain import from_plain, plain_float, to_plain
from runyard.wire.users import MAX_USER, USER_HEADER, is_user_name

__all__ = [
    "BATCH_TYPE",
    "COLUMNS_TYPE",
    "CURVES_TYPE",
    "MAX_USER",
    "USER_HEADER",
    "checked_start",
    "decode_batch",
    "decode_columns",
    "decode_curves",
    "encode_batch",
    "encode_columns",
    "encode_curves",
    "from_plain",
    "is_user_name",
    "plain_float",
    "to_plain",
]
