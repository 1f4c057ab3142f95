// Package proc runs the operation's process and keeps what it says.
//
// It decides how the process is started (a process group of its own, in the foreground when there is a terminal),
// how its output is passed on and kept, how it is stopped, what becomes of processes it leaves behind, and which
// lines of output are scalars. It leaves to its callers what is run, with which environment, when it has to stop,
// and what its exit means for the run.
//
// Output goes through guild byte for byte. What is kept of it has the form that Guild AI reads: `output` has the
// bytes of both streams as they arrived, `output.index` has 9 bytes for each line, and scalars stand in a
// TensorBoard event file.
package proc
