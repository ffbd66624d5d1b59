package gate

// account is a compiled account.
type account struct {
	info AccountInfo
}

// API is a call of a catalogue as the engine knows it; it never changes.
type API struct {
	id                 int64
	name, method, path string
}

// ID is the call's id in the store.
func (a *API) ID() int64 { return a.id }

// Name is the call's name, such as "data.list".
func (a *API) Name() string { return a.name }

// Method is the call's method, or "ANY".
func (a *API) Method() string { return a.method }

// Path is the call's path pattern.
func (a *API) Path() string { return a.path }
