"""The files of a command in its folder."""

PROCESS = "process"  # the number of the process
CODE = "code"  # the exit code, once it is over
OUTPUT = "output.log"
