package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"syscall"
	"time"

	"naru/internal/mail"
)

// startCatcher starts the mail catcher with its page when no relay is set, and
// returns the address of the relay to use.
func (p *program) startCatcher(ctx context.Context) (relay string, err error) {
	p.running.Relay = describeRelay(p.Config)
	if !p.Config.CatchesMail() {
		return p.Config.SMTP.URL, nil
	}
	c := p.Config.Catcher
	catcher, err := mail.StartCatcher(mail.CatcherOptions{Addr: c.SMTPAddr, Dir: p.Config.CatcherDir(), MaxMails: c.Keep, Keys: p.keys, Logger: p.Logger})
	if err != nil {
		return "", err
	}
	p.stack.push("mail catcher", func(context.Context) error { return catcher.Close() })
	page, err := catcher.Handler("", p.assets.Templates)
	if err != nil {
		return "", err
	}
	listener, err := listenNear(ctx, c.HTTPAddr)
	if err != nil {
		return "", fmt.Errorf("listen for the page of caught mail: %w", err)
	}
	site := &http.Server{Handler: page, ReadHeaderTimeout: 10 * time.Second}
	var serving sync.WaitGroup
	serving.Go(func() {
		if err := site.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			p.stack.fail(fmt.Errorf("page of caught mail: %w", err))
		}
	})
	p.stack.push("page of caught mail", func(context.Context) error {
		defer serving.Wait()
		return site.Close() // a page being looked at need not be waited for
	})
	p.running.CatcherURL = "http://" + listener.Addr().String()
	return catcher.URL(), nil
}

// listenNear listens on the address or, when another program has it, on any
// free port of the same host: a convenience must not keep the desk from
// starting.
func listenNear(ctx context.Context, addr string) (net.Listener, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", addr)
	if !errors.Is(err, syscall.EADDRINUSE) {
		return listener, err
	}
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	return config.Listen(ctx, "tcp", net.JoinHostPort(host, "0"))
}
