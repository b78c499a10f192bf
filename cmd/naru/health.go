package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

func (c *command) healthCommand() *cobra.Command {
	url := ""
	cmd := &cobra.Command{
		Use: "health", Short: "Ask a running naru whether it is ready", Args: noArgs,
		Long: `Prints the answer of /readyz and ends with 3 unless it is ready. For container
health checks and for a look from the shell.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if url == "" {
				cfg, err := c.config()
				if err != nil {
					return err
				}
				url = "http://" + cfg.HTTP.Addr
			}
			request, err := http.NewRequestWithContext(cmd.Context(), http.MethodGet, strings.TrimRight(url, "/")+"/readyz", nil)
			if err != nil {
				return usageError{err}
			}
			client := http.Client{Timeout: 10 * time.Second}
			response, err := client.Do(request)
			if err != nil {
				fmt.Fprintln(cmd.OutOrStdout(), "not reachable:", err)
				return errFinding
			}
			defer func() { _ = response.Body.Close() }()
			body, err := io.ReadAll(io.LimitReader(response.Body, 64<<10))
			if err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), strings.TrimSpace(string(body)))
			if response.StatusCode != http.StatusOK {
				return errFinding
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&url, "url", "", "where it listens (default: http:// and NARU_HTTP_ADDR)")
	return cmd
}
