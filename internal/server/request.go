package server

import (
	"crypto/aes"
	"encoding/hex"
	"net/netip"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"naru/internal/naru"
	"naru/internal/telemetry"
)

// requestID returns the id the client or a proxy gave the request when it is
// harmless to log, else a new one.
func requestID(given string) string {
	if len(given) >= 8 && len(given) <= 64 && !strings.ContainsFunc(given, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_'
	}) {
		return given
	}
	id, err := uuid.NewV7()
	if err != nil {
		// crypto/rand does not fail on the systems Go supports; a request
		// without an id is still better than none.
		return "unidentified"
	}
	return id.String()
}

// RequestID returns the id of the request.
func RequestID(c *gin.Context) string { return telemetry.RequestID(c.Request.Context()) }

// Client returns a digest of the client's address: the same for all requests
// of one client to processes with one ClientKey, and of no use to others. The
// addresses of one IPv6 network of 64 bits count as one client. It is empty
// for a client without limits (Options.UnlimitedClients).
func (s *Server) Client(c *gin.Context) string {
	network, limited := s.client(c)
	if !limited {
		return ""
	}
	digest := s.clientDigest(network)
	return hex.EncodeToString(digest[:])
}

// client returns the network that the client counts for, the zero Addr where
// its address cannot be read, and whether limits apply to it.
func (s *Server) client(c *gin.Context) (network netip.Addr, limited bool) {
	a := s.address(c)
	if !a.IsValid() {
		return netip.Addr{}, true
	}
	return networkOf(a), !contains(s.unlimited, a)
}

// address is where the client is: the other end of the connection, unless that
// is a proxy which says who asks.
func (s *Server) address(c *gin.Context) netip.Addr {
	if conn, ok := c.Request.Context().Value(connKey{}).(*countedConn); ok && conn.remote.IsValid() && !contains(s.proxies, conn.remote) {
		return conn.remote
	}
	a, err := netip.ParseAddr(c.ClientIP())
	if err != nil {
		return netip.Addr{}
	}
	return plainAddress(a)
}

// clientDigest is the address under AES, of which it is one block: no two have
// the same, and nobody can guess it without the key.
func (s *Server) clientDigest(network netip.Addr) (digest [aes.BlockSize]byte) {
	address := network.As16()
	s.clients.Encrypt(digest[:], address[:])
	return digest
}

// plainAddress is the address in the one form that lists of addresses have.
func plainAddress(a netip.Addr) netip.Addr { return a.Unmap().WithZone("") }

// networkOf returns the address that stands for the client with a plain one: of
// IPv6, its network of 64 bits. Lists of addresses are asked before, for they
// may name one address of a network.
func networkOf(a netip.Addr) netip.Addr {
	if a.Is6() {
		if p, err := a.Prefix(64); err == nil {
			return p.Addr()
		}
	}
	return a
}

// SetLanguage decides the language of the answer, e.g. from the body. It does
// nothing for a tag that naru does not speak.
func SetLanguage(c *gin.Context, tag string) {
	if slices.Contains(naru.Languages, tag) {
		exchangeOf(c).language = tag
	}
}

// Language returns the language to answer in: the one that was set, else of
// the page (/{language}/…), else ?language=, else Accept-Language, else
// English.
func (s *Server) Language(c *gin.Context) string {
	x := exchangeOf(c)
	if x.language != "" {
		return x.language
	}
	tag := s.options.Match(LanguagePreferences(c)...)
	if first, _, _ := strings.Cut(strings.TrimPrefix(c.Request.URL.Path, "/"), "/"); slices.Contains(naru.Languages, first) {
		tag = first
	}
	if !slices.Contains(naru.Languages, tag) {
		tag = naru.Languages[0]
	}
	x.language = tag
	return tag
}

// LanguagePreferences returns what the request says about its language, the
// strongest first: ?language= and Accept-Language, where given.
func LanguagePreferences(c *gin.Context) []string {
	var preferences []string
	add := func(p string) {
		// Longer ones cost time to parse and come from no browser.
		if p != "" && len(p) <= 512 {
			preferences = append(preferences, p)
		}
	}
	if c.Request.URL.RawQuery != "" {
		add(c.Query("language"))
	}
	add(c.GetHeader("Accept-Language"))
	return preferences
}
