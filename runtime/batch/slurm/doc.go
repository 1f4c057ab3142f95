// Package slurm submits arrays of jobs to a Slurm cluster, asks what became of them, and cancels them.
//
// It runs sbatch, squeue, scontrol and scancel; accounting (slurmdbd, sacct) need not be there. It decides how a list of
// run ids becomes one or more job arrays, what each task executes, and what the states of Slurm mean. It leaves to its
// caller when to ask, and what a state means for a run: a run's own record always says more than Slurm does.
//
// What the commands print is not trusted: it is bounded, and only fields that no user can write are asked for.
package slurm
