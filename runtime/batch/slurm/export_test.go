package slurm

// For tests of package slurm_test.
var (
	ParseTasks      = parseTasks
	ParseFound      = parseFound
	ParseArrayTasks = parseArrayTasks
	Complaint       = complaint
	EachIndex       = eachIndex
)

func (j Job) Ranges(indexes []int) []string { return j.ranges(indexes) }

func (a Array) Arguments(part Job) []string { return a.arguments(part) }

func (a Array) Script(list string) string { return a.script(list) }
