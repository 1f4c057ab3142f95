package project

import "slices"

// Merge adds the flags that a script was found to have to the declared ones, as flags-import says, declared flags
// first. A declared flag of the same name takes what its declaration leaves open.
func Merge(declared, detected []Flag, imp Import) []Flag {
	merged := slices.Clone(declared)
	for i := range merged {
		if found := find(detected, merged[i].Name); found != nil && !imp.Off {
			merged[i].complete(found)
		}
	}
	for _, f := range detected {
		if find(declared, f.Name) == nil && imp.takes(f.Name, len(declared)) {
			merged = append(merged, f)
		}
	}
	return merged
}

func (imp Import) takes(name string, declared int) bool {
	if imp.All || imp.Off || len(imp.Names) > 0 {
		return imp.All || slices.Contains(imp.Names, name)
	}
	return declared == 0
}

// Missing returns the names that flags-import asks for and the script does not have.
func (imp Import) Missing(detected []Flag) []string {
	var names []string
	for _, name := range imp.Names {
		if find(detected, name) == nil {
			names = append(names, name)
		}
	}
	return names
}

func (f *Flag) complete(found *Flag) {
	if !f.HasDefault {
		f.Default, f.HasDefault = found.Default, found.HasDefault
		f.Required = f.Required || found.Required
	}
	if f.Type == "" && (f.Default == nil || familyOf(f.Default) == familyOf(found.Default)) {
		f.Type = found.Type
	}
	if len(f.Choices) == 0 {
		f.Choices = found.Choices
	}
	if f.Help == "" {
		f.Help = found.Help
	}
	if f.Arg == "" {
		f.Arg = found.Arg
	}
}
