package main

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"naru/internal/store"
)

func (c *command) chatCommand() *cobra.Command {
	return group("chat", "What the chatbot could not answer", c.chatMissesCommand())
}

func (c *command) chatMissesCommand() *cobra.Command {
	limit := 100
	cmd := &cobra.Command{
		Use: "misses", Short: "List the questions that were declined or badly answered, the most frequent first", Args: noArgs,
		Long: `Prints a line for each wording that was declined, or whose answer somebody found
not helpful (disliked): how often, the language, the words that were not
understood, and the question. Names, numbers and addresses are masked before
they are stored, and nothing tells who asked. Put a missing word into a file of
your own for its language (knowledge/lexicon/own/kk.yaml in the folder of
NARU_CONFIG_DIR), and ask again with naru ask --explain.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if limit < 1 {
				return usageError{fmt.Errorf("--limit %d: must be at least 1", limit)}
			}
			return c.withStore(cmd, func(s *store.Store) error {
				misses, err := s.Misses(cmd.Context(), limit)
				if err != nil {
					return err
				}
				if len(misses) == 0 {
					fmt.Fprintln(cmd.OutOrStdout(), "no question was declined or disliked")
					return nil
				}
				table := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
				fmt.Fprintln(table, "TIMES\tKIND\tLANGUAGE\tLAST\tNOT UNDERSTOOD\tQUESTION")
				for _, m := range misses {
					fmt.Fprintf(table, "%d\t%s\t%s\t%s\t%s\t%s\n", m.Count, m.Kind, m.Language, stamp(m.LastAt), orDash(m.Words), m.Question)
				}
				return table.Flush()
			})
		},
	}
	cmd.Flags().IntVar(&limit, "limit", limit, "how many lines at most")
	return cmd
}
