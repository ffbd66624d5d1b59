package models

import "slices"

// Channel is what a key is for.
type Channel string

// The channels.
const (
	ChannelREST       Channel = "rest"
	ChannelHTTP       Channel = "http"
	ChannelWebService Channel = "web_service"
	ChannelFTP        Channel = "ftp"
	ChannelEmail      Channel = "email"
)

// Channels lists the channels, in the order in which they are offered.
func Channels() []Channel {
	return []Channel{ChannelREST, ChannelHTTP, ChannelWebService, ChannelFTP, ChannelEmail}
}

// Valid reports whether c is one of the channels.
func (c Channel) Valid() bool { return slices.Contains(Channels(), c) }

// TakesToken reports whether keys of the channel may be a single token; all
// others are credential pairs.
func (c Channel) TakesToken() bool { return c == ChannelREST }
