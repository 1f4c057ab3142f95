package engine

// What the host does for a guest costs fuel too: about a unit for a third of a nanosecond, as for the guest's own code, or a guest that
// does nothing but call would run much longer than one that computes (BenchmarkPrices). Prices depend on what was asked and
// answered, never on how long it took, and are paid before the work is done where it can be known.
const (
	priceCall   = 256      // of any function
	priceItem   = 32       // of one item of a list that WASI was given
	priceFail   = 1 << 10  // of an error, besides
	priceLookup = 1 << 10  // of finding a value in a document
	priceState  = 16 << 10 // of a value in the hook's state
	priceStage  = 32 << 10 // of a staged file
	priceList   = 256 << 10
	priceFlag   = 16 << 10 // of asking whether a flag or an attribute may have a value
	priceTrial  = 8 << 10  // of a trial in a plan

	// Of one byte.
	priceQuote  = 32  // that an error or a path quotes
	priceRandom = 4   // made
	priceEscape = 8   // that is shown
	priceCheck  = 8   // of JSON, checked
	priceTree   = 192 // of JSON, taken apart
	pricePlan   = 48  // of a plan, likewise: its pieces are larger
	priceText   = 32  // of JSON, written
	priceName   = 8   // of a name, checked and kept
	priceWrite  = 2   // kept

	priceCompare = 4 // of a name with another one

	bytesPerUnit = 8 // copied, or compared
)

// spend charges the guest for work that its own fuel does not cover, and ends the call when that was too much.
func (ev *event) spend(units int) { ev.hook.budget.charge(uint64(units)) }

// spendFail charges for a failure, whose text may quote what the guest gave.
func (ev *event) spendFail() {
	quoted := 0
	for _, text := range ev.args.text {
		quoted += min(len(text), maxQuoted)
	}
	ev.spend(priceFail + priceQuote*quoted)
}

// maxQuoted is how long an argument can be that a text quotes: longer ones are refused for their length.
const maxQuoted = 1 << 10
