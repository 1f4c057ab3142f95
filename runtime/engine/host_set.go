package engine

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/guild-run/guild/abi"
)

// hostFlagSet is flag_set(name, json).
func hostFlagSet(ev *event) int64 {
	name, value, errno := ev.named(&ev.result.Flags)
	if errno != 0 {
		return errno
	}
	if name == "" {
		return ev.fail(abi.Invalid, "the name is empty")
	}
	ev.spend(priceFlag + priceTree*len(value))
	if ev.call.SetFlag != nil {
		if err := ev.call.SetFlag(name, value); err != nil {
			return ev.failWith(err, abi.Invalid)
		}
	}
	setIn(&ev.result.Flags, name, value)
	ev.document.set(value, "run", "flags", name)
	return 0
}

// hostAttrSet is attr_set(name, json).
func hostAttrSet(ev *event) int64 {
	name, value, errno := ev.named(&ev.result.Attrs)
	if errno != 0 {
		return errno
	}
	if name == "label" || name == "tags" {
		ev.spend(priceTree * len(value))
	}
	switch {
	case name == "label":
		if value[0] != '"' {
			return ev.fail(abi.Invalid, "the label is not a string")
		}
	case name == "tags":
		if !isStrings(value) {
			return ev.fail(abi.Invalid, "tags are not an array of strings")
		}
	case len(name) > abi.MaxAttrName || !isAttr(name):
		return ev.fail(abi.Invalid, "malformed attribute name %q", name)
	}
	ev.spend(priceFlag)
	if ev.call.SetAttr != nil {
		if err := ev.call.SetAttr(name, value); err != nil {
			return ev.failWith(err, abi.Invalid)
		}
	}
	setIn(&ev.result.Attrs, name, value)
	if name == "label" || name == "tags" {
		ev.document.set(value, "run", name)
	}
	return 0
}

// named checks limits and form of a name and a JSON value for a list with a limited number of names.
func (ev *event) named(list *[]Set) (string, json.RawMessage, int64) {
	name, value := ev.args.text[0], ev.args.text[1]
	if len(name) > abi.MaxName {
		return "", nil, ev.tooLong("name", name)
	}
	if len(value) > abi.MaxValue {
		return "", nil, ev.tooBig("value", value, abi.MaxValue)
	}
	if len(*list) >= abi.MaxSets && !contains(*list, string(name)) {
		return "", nil, ev.fail(abi.Limit, "more than %d set in one event", abi.MaxSets)
	}
	if !utf8.Valid(name) {
		return "", nil, ev.fail(abi.Invalid, "the name is not UTF-8")
	}
	ev.spend(priceCheck * len(value))
	compact, err := compactJSON(value)
	if err != nil {
		return "", nil, ev.fail(abi.Invalid, "the value of %q %s", name, err)
	}
	return string(name), compact, 0
}

// hostEnvSet is env_set(name, value).
func hostEnvSet(ev *event) int64 {
	name, value := ev.args.text[0], ev.args.text[1]
	if len(name) > abi.MaxName {
		return ev.tooLong("name", name)
	}
	if len(value) > abi.MaxValue {
		return ev.tooBig("value", value, abi.MaxValue)
	}
	ev.spend(priceName*len(name) + priceCompare*len(ev.result.Env))
	at := -1
	for i := range ev.result.Env {
		if ev.result.Env[i].Name == string(name) {
			at = i
		}
	}
	if at < 0 && len(ev.result.Env) >= abi.MaxSets {
		return ev.fail(abi.Limit, "more than %d variables set in one event", abi.MaxSets)
	}
	if !isVariable(name) {
		return ev.fail(abi.Invalid, "malformed variable name %q", name)
	}
	if reserved := strings.HasPrefix(string(name), "GUILD_") && string(name) != abi.RandomSeedVar; reserved || strings.HasPrefix(string(name), "LD_") {
		return ev.fail(abi.Invalid, "variable %q is not a hook's to set", name)
	}
	ev.spend(priceWrite * len(value))
	if !utf8.Valid(value) || bytes.IndexByte(value, 0) >= 0 {
		return ev.fail(abi.Invalid, "the value of %q is not UTF-8 without NUL", name)
	}
	if at >= 0 {
		ev.result.Env[at].Value = string(value)
	} else {
		ev.result.Env = append(ev.result.Env, EnvVar{Name: string(name), Value: string(value)})
	}
	return 0
}

// hostPlanSet is plan_set(json). When the event is over the plan is taken apart, and trials are made of it: that is paid for here.
func hostPlanSet(ev *event) int64 {
	if errno := ev.reply("plan", abi.MaxPlan, priceCheck+pricePlan, &ev.result.Plan); errno != 0 {
		return errno
	}
	ev.spend(priceTrial * elements(ev.result.Plan))
	return 0
}

// hostAnswer is answer(json).
func hostAnswer(ev *event) int64 {
	return ev.reply("answer", abi.MaxData, priceCheck, &ev.result.Answer)
}

// reply takes a JSON document of which the last counts.
func (ev *event) reply(what string, limit, price int, to *json.RawMessage) int64 {
	text := ev.args.text[0]
	if len(text) > limit {
		return ev.tooBig(what, text, limit)
	}
	ev.spend(price * len(text))
	compact, err := compactJSON(text)
	if err != nil {
		return ev.fail(abi.Invalid, "the %s %s", what, err)
	}
	*to = compact
	return 0
}

// hostLockRequest is lock_request().
func hostLockRequest(ev *event) int64 {
	ev.result.LockRequested = true
	return 0
}

// hostEmit is emit(topic, json).
func hostEmit(ev *event) int64 {
	topic, text := ev.args.text[0], ev.args.text[1]
	if len(topic) > abi.MaxName {
		return ev.tooLong("topic", topic)
	}
	if len(text) > abi.MaxData {
		return ev.tooBig("record", text, abi.MaxData)
	}
	if len(ev.result.Emitted) >= abi.MaxSets {
		return ev.fail(abi.Limit, "more than %d records emitted in one event", abi.MaxSets)
	}
	if ev.emitBytes+len(text) > maxEmitBytes {
		return ev.fail(abi.Limit, "more than %d bytes emitted in one event", maxEmitBytes)
	}
	if len(topic) > abi.MaxTopic || !isTopic(topic) {
		return ev.fail(abi.Invalid, "malformed topic %q", topic)
	}
	ev.spend(priceCheck * len(text))
	compact, err := compactJSON(text)
	if err != nil {
		return ev.fail(abi.Invalid, "the record %s", err)
	}
	ev.result.Emitted = append(ev.result.Emitted, Emitted{Topic: string(topic), Data: compact})
	ev.emitBytes += len(text)
	return 0
}

// maxEmitBytes bounds what one event holds in memory: 1024 records of 1 MiB would be a gigabyte.
const maxEmitBytes = abi.MaxStageBytes

// isStrings reports whether JSON text is an array of nothing but strings.
func isStrings(text []byte) bool {
	var items []any
	if json.Unmarshal(text, &items) != nil || items == nil {
		return false
	}
	for _, item := range items {
		if _, ok := item.(string); !ok {
			return false
		}
	}
	return true
}

func contains(list []Set, name string) bool {
	for i := range list {
		if list[i].Name == name {
			return true
		}
	}
	return false
}
