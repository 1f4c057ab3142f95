package runner

// Names of the attributes that guild keeps with a run. Those of Guild AI mean what they mean there.
const (
	AttrCmd         = "cmd"
	AttrComments    = "comments"
	AttrEnv         = "env"
	AttrExitStatus  = "exit_status"
	AttrFlags       = "flags"
	AttrFlagsBy     = "flags_by" // flag -> hook that set it
	AttrHost        = "host"
	AttrID          = "id"
	AttrInitialized = "initialized"
	AttrLabel       = "label"
	AttrLabelBy     = "label_by" // the label that a hook set: {hook, label}
	AttrMarked      = "marked"   // true: what requires a run of this operation takes this one
	AttrNoHooks     = "no_hooks"
	AttrOp          = "op" // the Recipe
	AttrPlatform    = "platform"
	AttrRandomSeed  = "random_seed"
	AttrRunParams   = "run_params"
	AttrScalars     = "scalars"
	AttrSource      = "sourcecode_blake3"
	AttrSourceMD5   = "sourcecode_digest" // as Guild AI computes it
	AttrStarted     = "started"           // µs
	AttrStopped     = "stopped"           // µs
	AttrStopReason  = "stop_reason"
	AttrStageError  = "stage_error" // why the run could not be staged
	AttrTags        = "tags"
	AttrUser        = "user"
	AttrUserFlags   = "user_flags"
	AttrVCSCommit   = "vcs_commit"
)

// reservedAttrs cannot be set by hooks: guild's own, and those that Guild AI writes.
var reservedAttrs = []string{
	AttrCmd, AttrComments, AttrEnv, AttrExitStatus, AttrFlags, AttrFlagsBy, AttrHost, AttrID, AttrInitialized, AttrLabelBy, AttrMarked, AttrNoHooks, AttrOp,
	AttrPlatform, AttrRandomSeed, AttrRunParams, AttrScalars, AttrSource, AttrSourceMD5, AttrStageError, AttrStarted, AttrStopped, AttrStopReason, AttrUser,
	AttrUserFlags, AttrVCSCommit, AttrBatch, AttrStep, AttrTrial, AttrTrials, "launcher", "launch", AttrJob,
	"compare", "deps", "max_trials", "objective", "opdef_attrs", "pip_freeze", "plugins", "stage_trials", "steps", "trials",
}
