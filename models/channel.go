package models

import "slices"

// Channel is the purpose of a key.
type Channel string

// The channels.
const (
	ChannelREST       Channel = "rest"
	ChannelHTTP       Channel = "http"
	ChannelWebService Channel = "web_service"
	ChannelFTP        Channel = "ftp"
	ChannelEmail      Channel = "email"
)

// Channels returns the channels, in the order of the form.
func Channels() []Channel {
	return []Channel{ChannelREST, ChannelHTTP, ChannelWebService, ChannelFTP, ChannelEmail}
}

// Valid reports whether c is one of the channels.
func (c Channel) Valid() bool { return slices.Contains(Channels(), c) }

// TakesToken reports whether keys of the channel can be a single token. In all other channels keys are credential
// pairs.
func (c Channel) TakesToken() bool { return c == ChannelREST }
