// Command keywicket is the console and the gate in one binary.
package main

func main() {}
