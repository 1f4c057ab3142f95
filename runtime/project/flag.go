package project

// Flag is one flag of an operation: declared in guild.toml, or found in its script.
type Flag struct {
	Name string
	// Default is the value of a flag that is not given; nil without HasDefault.
	Default    any
	HasDefault bool
	// Type is one of the Type constants, or "": then the default decides which values fit.
	Type     string
	Min, Max *float64
	Choices  []any
	Required bool
	Help     string
	// Arg is the name of the option that carries the flag, if it is not the flag's own.
	Arg string
	// Declared: guild.toml has it.
	Declared bool
}

// Types of flags.
const (
	TypeInt    = "int"
	TypeFloat  = "float"
	TypeNumber = "number" // int or float
	TypeString = "string"
	TypeBool   = "bool"
	TypePath   = "path" // made absolute
	TypeList   = "list"
)

// Types lists them.
var Types = []string{TypeInt, TypeFloat, TypeNumber, TypeString, TypeBool, TypePath, TypeList}

// Import is `flags-import`: which flags of the script are taken over. The zero value is an absent key: the script's flags
// are taken if the operation declares none.
type Import struct {
	// All: every flag.
	All bool
	// Off: none, even if the operation declares none.
	Off bool
	// Names: these.
	Names []string
}

// Wanted reports whether the file asks for flags of the script.
func (imp Import) Wanted() bool { return imp.All || len(imp.Names) > 0 }
