package engine

// SoleAccount is the only account that the engine knows. It says false when
// there are several, or none.
func (e *Engine) SoleAccount() (AccountInfo, bool) {
	s := e.snap.Load()
	if s.accountCount != 1 {
		return AccountInfo{}, false
	}
	for _, chunk := range s.accounts {
		if chunk == nil {
			continue
		}
		for _, a := range chunk {
			if a != nil {
				return a.info, true
			}
		}
	}
	return AccountInfo{}, false
}
