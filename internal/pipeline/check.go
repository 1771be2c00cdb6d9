package pipeline

// ControlTotals says what a run does with control totals that do not agree.
type ControlTotals string

const (
	ControlRequire ControlTotals = "require" // the run fails after landing and reporting
	ControlReport  ControlTotals = "report"  // the difference is a finding
	ControlOff     ControlTotals = "off"     // record count and journal total are not compared
)

// Check ties the codes of some columns out against one list.
type Check struct {
	Name string `json:"name" yaml:"name"`
	// List is the list's name in Concur, because ids differ between List v1 and v4.
	List string `json:"list" yaml:"list"`
	// Columns hold one code per level of the list, from level 1.
	Columns []Column `json:"columns" yaml:"columns"`
	Blank   Blank    `json:"blank" yaml:"blank"`
	// Placeholders are texts that stand for a missing code.
	Placeholders []string   `json:"placeholders,omitempty" yaml:"placeholders"`
	Skip         []SkipRule `json:"skip,omitempty" yaml:"skip"`
}

// Blank says what a check does with rows whose columns are all empty.
type Blank string

const (
	BlankAllow  Blank = "allow"
	BlankReport Blank = "report"
)

// SkipRule leaves out the rows whose column holds exactly one value, or with Filled those whose column is not empty.
type SkipRule struct {
	Column Column  `json:"column" yaml:"column"`
	Equals *string `json:"equals,omitempty" yaml:"equals"`
	// Filled suits columns that only some rows have, such as 185 of SAE, which marks cash advances.
	Filled bool `json:"filled,omitempty" yaml:"filled"`
}

// Waiver covers findings of one check and code, until a day and up to an amount.
type Waiver struct {
	Check  string `json:"check" yaml:"check"`
	Value  string `json:"value" yaml:"value"`
	Reason string `json:"reason" yaml:"reason"`
	By     string `json:"by" yaml:"by"`
	// Until is the last day on which the waiver holds, as yyyy-mm-dd.
	Until string `json:"until" yaml:"until"`
	// MaxAmount limits the gross amount, a decimal per currency code. If it is set, it covers no other currency.
	MaxAmount map[string]string `json:"maxAmount,omitempty" yaml:"max_amount"`
}
