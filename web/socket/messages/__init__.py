"""The protocol of the socket: every message in both directions as a typed record.

A message is a JSON object as text, or, where arrays go with it, binary: the length of the JSON as
an unsigned 32-bit integer, the JSON, and the arrays one after the other, all little-endian.

`python -m web.socket.messages` writes `docs/protocol.md` and, for the browser's modules,
`web/kit/messages.d.ts` from these records.
"""

from web.socket.messages import (
    of_board,
    of_class,
    of_comparison,
    of_entries,
    of_flow,
    of_inside,
    of_lenses,
    of_query,
    of_run,
    of_socket,
    to_server,
)
from web.socket.messages.binary import pack as pack
from web.socket.messages.binary import unpack as unpack
from web.socket.messages.fits import complaints as complaints
from web.socket.messages.fits import fields_of as fields_of
from web.socket.messages.fits import record_of as record_of

TO_CLASS = (
    of_class.Attend,
    of_class.Lead,
    of_class.Pose,
    of_class.Close,
    of_class.Choose,
    of_class.Allow,
)
TO_SERVER = (
    to_server.Watch,
    to_server.Control,
    to_server.AskWeights,
    to_server.AskQuery,
    to_server.AskInside,
    to_server.AskInsideQuery,
    to_server.AskStrips,
    to_server.AskMoved,
    to_server.AskForces,
    to_server.AskLandscape,
    to_server.AskChord,
    to_server.AskFlow,
    to_server.AskStability,
    *TO_CLASS,
)
TO_BROWSER = (
    of_run.Run,
    of_run.State,
    of_lenses.Lenses,
    of_run.Frame,
    of_query.Weights,
    of_query.QueryAnswer,
    of_inside.InsideAnswer,
    of_inside.InsideQueryAnswer,
    of_run.Refusal,
    of_socket.TurnedAway,
    of_comparison.Comparison,
    of_comparison.Rows,
    of_comparison.Proof,
    of_comparison.Seeds,
    of_entries.StripsAnswer,
    of_entries.MovedAnswer,
    of_board.ForcesAnswer,
    of_board.LandscapeAnswer,
    of_board.ChordAnswer,
    of_flow.FlowAnswer,
    of_flow.StabilityAnswer,
    of_class.Place,
    of_class.Class,
)
# the arrays behind a message without a field `arrays`: name, type, and length in its own fields
ARRAYS = {
    of_run.Frame: (("xy", "float32", "n x dims"), ("agreement", "uint8", "n, where `agreement`")),
    of_query.Weights: (("weight", "float32", "n"), ("pull", "float32", "n")),
}
