package extractgen

// List is a list of codes: written out in Items, or made from a seed by Generate.
type List struct {
	// Name is what both List v1 and v4 call it. Their ids differ.
	Name string `json:"name"`
	// ID is the opaque id of List v1. A server makes one where it is "".
	ID string `json:"id,omitempty"`
	// Levels is 1 to 10; 0 stands for as many as the items have.
	Levels int `json:"levels,omitempty"`
	// Vendor is shown as is-vendor in List v1.
	Vendor bool `json:"vendor,omitempty"`
	// Deleted hides the list from List v1; List v4 shows it with isDeleted.
	Deleted bool `json:"deleted,omitempty"`
	// Items are the items of level 1, with everything below them.
	Items []Item `json:"items,omitempty"`
	// Generate makes the items instead.
	Generate *ListSpec `json:"generate,omitempty"`
}

// Item is one item of a [List].
type Item struct {
	Code string `json:"code"` // within its parent
	Name string `json:"name"`
	// ID is the item's in List v4. A server makes one where it is "". Items of several lists that share an id are one item to
	// List v4: where it is deleted from some of the lists, it is not isDeleted, and its lists name the others.
	ID string `json:"id,omitempty"`
	// Deleted hides the item and all below it from List v1; List v4 shows them where deleted items are asked for.
	Deleted bool `json:"deleted,omitempty"`
	// Items are those right below it.
	Items []Item `json:"items,omitempty"`
}

// ListSpec describes a generated list. Its codes hold hyphens and leading zeros; most are unique in their level, and some
// stand under every parent. Names are unique under their parent.
type ListSpec struct {
	Seed uint64 `json:"seed,omitempty"`
	// Branching holds, per level, the number of children of each item of the level above: {20, 10, 50} makes 20 items on
	// level 1, 200 on level 2 and 10,000 on level 3.
	Branching []int `json:"branching"`
	// DeletedEvery deletes about one item in this number, but never the first child of an item. 0 stands for 40, and a
	// negative number for none.
	DeletedEvery int `json:"deletedEvery,omitempty"`
}
