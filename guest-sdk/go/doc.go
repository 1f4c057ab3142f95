// Package guild is for writing hooks: WebAssembly modules that guild calls around runs. It works with TinyGo and with Go
// itself, and uses neither reflection nor encoding/json.
//
// A hook is a program with one exported function for each event it wants, and an empty main:
//
//	package main
//
//	import guild "github.com/guild-run/guild/guest-sdk/go"
//
//	func main() {}
//
//	//go:wasmexport on_flags_composed
//	func OnFlagsComposed() int32 { return guild.Handle(check) }
//
//	func check() error {
//		epochs, err := guild.Flag("epochs").IntOr(1)
//		if err != nil {
//			return err
//		}
//		if epochs < 1 {
//			return guild.Deny("nothing to do")
//		}
//		return nil
//	}
//
// It is built as a reactor:
//
//	GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared -trimpath -ldflags='-s -w' -o hooks/my-hook.wasm .
//	tinygo build -target=wasip1 -buildmode=c-shared -o hooks/my-hook.wasm .
//
// What a handler sets or writes is applied only if it returns nil and has not denied. An error, or a panic, makes the
// hook fail with its text.
//
// Importing a function is asking for what it can do, so a hook has only the imports it uses: [SetFlag] needs the grant
// flags.set, [SetEnv] env.set, [SetAttr], [SetLabel] and [SetTags] attrs.set, [SetPlan] plan.set, [WriteFile], [AppendFile] and
// [RemoveFile] stage.write, [Emit] emit and [RequestLock] lock.
//
// Package hooktest calls handlers without a module, for tests.
package guild
