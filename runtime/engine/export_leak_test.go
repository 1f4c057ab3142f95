package engine

// Restorable reports whether the module's instances can be brought back to what they were, or must be made anew for each event.
func (h *Hook) Restorable() bool { return h.metered.Restorable }

// Instance identifies the instance of the last event; nil if it is gone.
func (h *Hook) Instance() any {
	if h.inst == nil {
		return nil
	}
	return h.inst
}
