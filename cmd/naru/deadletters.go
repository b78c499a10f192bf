package main

import (
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"naru/internal/naru"
	"naru/internal/store"
)

// deadListed is how many dead letters are listed at most.
const deadListed = 1000

func (c *command) deadLettersCommand() *cobra.Command {
	return group("deadletters", "List, show and replay mails that failed for good",
		c.deadLettersListCommand(), c.deadLettersShowCommand(), c.deadLettersReplayCommand())
}

func (c *command) deadLettersListCommand() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List mails that failed for good, the latest first", Args: noArgs,
		Long: `Prints a line for each mail that was given up: its id, the case number, what
kind of mail it is, the team it was for, the relay's code, attempts and time.
Addresses are not printed.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.withStore(cmd, func(s *store.Store) error {
				dead, err := s.DeadLetters(cmd.Context(), deadListed)
				if err != nil {
					return err
				}
				if len(dead) == 0 {
					fmt.Fprintln(cmd.OutOrStdout(), "no dead letters")
					return nil
				}
				table := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
				fmt.Fprintln(table, "ID\tCASE\tKIND\tTEAM\tREPLY\tATTEMPTS\tGIVEN UP")
				for _, d := range dead {
					reference := "(erased)"
					inquiry, err := s.InquiryByID(cmd.Context(), d.InquiryID)
					switch {
					case err == nil:
						reference = string(inquiry.Reference)
					case !naru.IsKind(err, naru.KindNotFound):
						return err
					}
					fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%d\t%s\n", d.ID, reference, d.Kind, orDash(d.TeamID), orDash(d.Reply), d.Attempt, stamp(d.FinishedAt))
				}
				return table.Flush()
			})
		},
	}
}

func (c *command) deadLettersShowCommand() *cobra.Command {
	return &cobra.Command{
		Use: "show ID", Short: "Show one delivery and all attempts to send it", Args: exactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.withStore(cmd, func(s *store.Store) error {
				d, err := s.Delivery(cmd.Context(), args[0])
				if naru.IsKind(err, naru.KindNotFound) {
					return usageError{fmt.Errorf("there is no delivery %q", args[0])}
				}
				if err != nil {
					return err
				}
				attempts, err := s.Attempts(cmd.Context(), d.ID)
				if err != nil {
					return err
				}
				printDelivery(cmd.OutOrStdout(), d, attempts)
				return nil
			})
		},
	}
}

func printDelivery(w io.Writer, d naru.Delivery, attempts []naru.Attempt) {
	fmt.Fprintf(w, "delivery    %s\ninquiry     %s\nkind        %s\nstate       %s\nteam        %s\nmessage id  %s\nrequest     %s\ncreated     %s\nfinished    %s\n",
		d.ID, d.InquiryID, d.Kind, d.State, orDash(d.TeamID), d.MessageID, orDash(d.RequestID), stamp(d.CreatedAt), stamp(d.FinishedAt))
	if d.About != "" {
		fmt.Fprintf(w, "about       %s\n", d.About)
	}
	fmt.Fprintf(w, "\n%s\n", count(len(attempts), "attempt"))
	for _, a := range attempts {
		fmt.Fprintf(w, "  %2d  %s  %-11s  %s\n", a.Number, stamp(a.StartedAt), a.Outcome, a.Reply)
	}
}

func (c *command) deadLettersReplayCommand() *cobra.Command {
	all := false
	cmd := &cobra.Command{
		Use: "replay [ID...]", Short: "Send dead mails again, with 72 hours more to be tried in",
		Long: `Makes dead mails due again. A running naru sends them within seconds; without
one they wait. The mails keep their Message-ID. Correct what made them fail
first, e.g. a team's address in teams.yaml.`,
		RunE: func(cmd *cobra.Command, ids []string) error {
			if all == (len(ids) > 0) {
				return usageError{errors.New("name the ids to replay, or give --all")}
			}
			return c.withStore(cmd, func(s *store.Store) error {
				n, err := s.ReplayDead(cmd.Context(), ids, time.Now())
				if err != nil {
					return err
				}
				fmt.Fprintf(cmd.OutOrStdout(), "%s will be sent again\n", count(n, "mail"))
				if !all && n < len(ids) {
					fmt.Fprintf(cmd.OutOrStdout(), "%d of the ids given are no dead letters\n", len(ids)-n)
					return errFinding
				}
				return nil
			})
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "replay all dead mails")
	return cmd
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// stamp writes a time for operators, in UTC.
func stamp(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format("2006-01-02 15:04:05Z")
}
