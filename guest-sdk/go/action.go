package guild

import "github.com/guild-run/guild/guest-sdk/go/internal/sys"

// Deny refuses: the action must not go on. The first reason counts. Return soon after.
func Deny(reason string) error { return check(sys.Deny(reason), "deny", "") }

// Stop asks for the running run, or the batch, to end.
func Stop(reason string) error { return check(sys.Stop(reason), "stop", "") }

// SetFlag sets a flag that the user did not type. See [Encode] for the values it takes.
func SetFlag(name string, value any) error {
	json, err := Encode(value)
	if err != nil {
		return err
	}
	return check(sys.FlagSet(name, json), "set flag", name)
}

// SetEnv sets an environment variable of the process.
func SetEnv(name, value string) error { return check(sys.EnvSet(name, value), "set variable", name) }

// SetAttr sets an attribute of the run.
func SetAttr(name string, value any) error {
	json, err := Encode(value)
	if err != nil {
		return err
	}
	return check(sys.AttrSet(name, json), "set attribute", name)
}

// SetLabel sets the run's label.
func SetLabel(label string) error { return SetAttr("label", label) }

// SetTags sets the run's tags.
func SetTags(tags []string) error { return SetAttr("tags", tags) }

// SetPlan replaces the list of trials.
func SetPlan(plan JSON) error { return check(sys.PlanSet(string(plan)), "set plan", "") }

// Answer answers a query. The last answer counts.
func Answer(value any) error {
	json, err := Encode(value)
	if err != nil {
		return err
	}
	return check(sys.Answer(json), "answer", "")
}

// Emit adds a record to the run's event stream.
func Emit(topic string, data any) error {
	json, err := Encode(data)
	if err != nil {
		return err
	}
	return check(sys.Emit(topic, json), "emit", topic)
}

// RequestLock asks for the run to be locked when it ends.
func RequestLock() error { return check(sys.LockRequest(), "request a lock", "") }

// Now is the event's time, in nanoseconds since 1970 UTC. It stands still within an event.
func Now() int64 { return sys.Now() }

// Random fills buf with numbers that are the same for run, hook and event.
func Random(buf []byte) error {
	for len(buf) > 0 {
		n := min(len(buf), maxRandom)
		if err := check(sys.Random(buf[:n]), "random", ""); err != nil {
			return err
		}
		buf = buf[n:]
	}
	return nil
}

// Debug logs one record that is seen when asked for.
func Debug(message string) { sys.Log(levelDebug, message) }

// Info logs one record.
func Info(message string) { sys.Log(levelInfo, message) }

// Warn logs one warning.
func Warn(message string) { sys.Log(levelWarn, message) }

// LogError logs one error. It does not make the hook fail.
func LogError(message string) { sys.Log(levelError, message) }
