package gate

// EndpointPaths returns the paths of the gate's table.
func EndpointPaths() []string {
	var paths []string
	for _, e := range NewServer(Config{}).endpoints() {
		paths = append(paths, e.path)
	}
	return paths
}
