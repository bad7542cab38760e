"""By what a command is known: the files in its folder, and a variable that all its processes inherit."""

PROCESS = "process"  # the number of the process
CODE = "code"  # the exit code, once it is over
OUTPUT = "output.log"
LAUNCH = "RUNYARD_LAUNCH"
