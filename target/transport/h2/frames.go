package h2

import (
	"fmt"
	"math"

	"golang.org/x/net/http2"
)

// handle handles a frame of the server. An error ends the connection, or the one stream that it
// names. The caller holds c.mu.
func (c *Conn) handle(frame http2.Frame) error {
	switch f := frame.(type) {
	case *http2.MetaHeadersFrame:
		return c.gotHeader(f)
	case *http2.DataFrame:
		return c.gotData(f)
	case *http2.SettingsFrame:
		return c.gotSettings(f)
	case *http2.PingFrame:
		if !f.IsAck() {
			return c.writer.WritePing(true, f.Data)
		}
	case *http2.WindowUpdateFrame:
		return c.gotWindow(f)
	case *http2.RSTStreamFrame:
		return c.gotReset(f)
	case *http2.GoAwayFrame:
		c.gotGoAway(f)
	case *http2.PushPromiseFrame:
		return protocolError("the server pushes, which it was told not to")
	}
	return nil // frames of other kinds are ignored (§4.1)
}

func (c *Conn) gotSettings(f *http2.SettingsFrame) error {
	if f.IsAck() {
		return nil
	}
	if err := f.ForeachSetting(c.set); err != nil {
		return err
	}
	c.settle()
	c.Changed()
	return c.writer.WriteSettingsAck()
}

func (c *Conn) set(s http2.Setting) error {
	if err := s.Valid(); err != nil {
		return err
	}
	switch s.ID {
	case http2.SettingMaxConcurrentStreams:
		c.maxStreams = s.Val
	case http2.SettingMaxFrameSize:
		c.maxFrame = int(min(s.Val, 1<<20))
	case http2.SettingHeaderTableSize:
		c.encoder.SetMaxDynamicTableSize(min(s.Val, tableBytes))
	case http2.SettingInitialWindowSize:
		grown := int64(s.Val) - c.streamWindow
		c.streamWindow = int64(s.Val)
		for _, one := range c.streams {
			if one.window += grown; one.window > math.MaxInt32 {
				return http2.ConnectionError(http2.ErrCodeFlowControl)
			}
			one.sendMore()
		}
	}
	return nil
}

func (c *Conn) gotWindow(f *http2.WindowUpdateFrame) error {
	if f.StreamID == 0 {
		if c.sendWindow += int64(f.Increment); c.sendWindow > math.MaxInt32 {
			return http2.ConnectionError(http2.ErrCodeFlowControl)
		}
		for _, s := range c.streams {
			s.sendMore()
		}
		return nil
	}
	s := c.streams[f.StreamID]
	if s == nil {
		return nil
	}
	if s.window += int64(f.Increment); s.window > math.MaxInt32 {
		return http2.StreamError{StreamID: s.id, Code: http2.ErrCodeFlowControl}
	}
	s.sendMore()
	return nil
}

func (c *Conn) gotReset(f *http2.RSTStreamFrame) error {
	s := c.streams[f.StreamID]
	if s == nil {
		return nil
	}
	if s.isEnded && f.ErrCode == http2.ErrCodeNo { // it needs no more of the request (§8.1)
		s.unsent = nil
	} else {
		s.end(&StreamError{Code: f.ErrCode})
	}
	c.remove(s)
	return nil
}

func (c *Conn) gotGoAway(f *http2.GoAwayFrame) {
	c.away = true
	for id, s := range c.streams {
		switch {
		case id <= f.LastStreamID:
		case id == 1 && f.ErrCode != http2.ErrCodeNo: // on another connection it would fare no better
			s.end(protocolError(fmt.Sprintf("the server refused the connection (GOAWAY, %v)", f.ErrCode)))
			c.remove(s)
		default:
			s.end(ErrGoneAway)
			c.remove(s)
		}
	}
	c.Changed()
}

func (c *Conn) gotData(f *http2.DataFrame) error {
	if f.StreamID > c.lastID+1 {
		return protocolError(fmt.Sprintf("a frame of the stream %d, which was never opened", f.StreamID))
	}
	// What a connection may receive is given back as it comes: a stream has a window of its own.
	if c.received += int(f.Length); c.received >= connWindow/2 {
		_ = c.writer.WriteWindowUpdate(0, uint32(c.received))
		c.received = 0
	}
	if s := c.streams[f.StreamID]; s != nil {
		return s.gotData(f)
	}
	return nil
}

// reset ends one stream, and tells the server why. The caller holds c.mu.
func (c *Conn) reset(id uint32, code http2.ErrCode, why error) {
	s := c.streams[id]
	if s == nil {
		return
	}
	s.end(&StreamError{Code: code, Why: why})
	_ = c.writer.WriteRSTStream(id, code)
	c.remove(s)
}

// remove forgets a stream that is over in both directions. The caller holds c.mu.
func (c *Conn) remove(s *stream) {
	if c.streams[s.id] == s {
		delete(c.streams, s.id)
		if len(c.streams)+c.reserved == 0 {
			c.becameIdle()
		}
		c.Changed()
	}
}
