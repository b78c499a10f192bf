package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/spf13/cobra"

	"naru/internal/app"
	"naru/internal/chat"
)

func (c *command) askCommand() *cobra.Command {
	language, explain, asJSON := "", false, false
	cmd := &cobra.Command{
		Use: "ask QUESTION", Short: "Ask the chatbot, in any of the nine languages", Args: exactArgs(1),
		Long: `Answers one question from the dataset, as the site does, without starting
anything. With --explain it also prints what each part of the question was taken
for, what was left over and which query ran: the way to find out which word the
lexicon lacks.`,
		Example: `  naru ask "How many partner institutions are in Mongolia?"
  naru ask --explain "몽골 협력병원 몇 곳이에요?"`,
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := c.config()
			if err != nil {
				return err
			}
			assets, err := app.LoadAssets(cfg)
			if err != nil {
				return err
			}
			bot, err := app.NewBot(cfg, assets, cfg.ConfigDir == "", nil, nil, nil, slog.New(slog.DiscardHandler))
			if err != nil {
				return err
			}
			reply, explanation, err := bot.Explain(cmd.Context(), chat.Question{Message: args[0], Language: language})
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), reply, explanation, explain)
			}
			printReply(cmd.OutOrStdout(), reply)
			if explain {
				return printExplanation(cmd.OutOrStdout(), explanation)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&language, "language", "", "language of the page, e.g. kk (default: found out)")
	cmd.Flags().BoolVar(&explain, "explain", false, "print how the question was understood")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the reply as the API gives it")
	return cmd
}

func printJSON(w io.Writer, reply chat.Reply, explanation *chat.Explanation, explain bool) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if !explain {
		return encoder.Encode(reply)
	}
	return encoder.Encode(struct {
		Reply       chat.Reply        `json:"reply"`
		Explanation *chat.Explanation `json:"explanation"`
	}{reply, explanation})
}

func printReply(w io.Writer, reply chat.Reply) {
	fmt.Fprintf(w, "%s\n\n[%s, %s]\n", reply.Text, reply.Kind, reply.Language)
	for _, c := range reply.Citations {
		fmt.Fprintf(w, "  “%s” — %s, %s\n", c.Quote, c.Section, c.Source)
	}
}

func printExplanation(w io.Writer, e *chat.Explanation) error {
	fmt.Fprintln(w, "\nunderstood as")
	for _, word := range e.Words {
		senses := strings.Join(word.Senses, " ")
		if senses == "" {
			senses = "?"
		}
		if word.Guessed {
			senses += " (guessed)"
		}
		fmt.Fprintf(w, "  %-24s %s\n", word.Text, senses)
	}
	if e.FollowUp {
		fmt.Fprintln(w, "with the rest from the message before")
	}
	if len(e.Leftover) > 0 {
		fmt.Fprintf(w, "left over: %s\n", strings.Join(e.Leftover, ", "))
	}
	if len(e.Tables) > 0 {
		fmt.Fprintln(w, "tables considered")
	}
	for _, t := range e.Tables {
		verdict := "no"
		if t.Asked {
			verdict = "yes"
		}
		fmt.Fprintf(w, "  %-24s %s", t.Table, verdict)
		if len(t.Why) > 0 {
			fmt.Fprintf(w, ": %s", strings.Join(t.Why, "; "))
		}
		if len(t.Leftover) > 0 {
			fmt.Fprintf(w, "; left over: %s", strings.Join(t.Leftover, ", "))
		}
		fmt.Fprintln(w)
	}
	if e.Card != "" {
		fmt.Fprintf(w, "fact: %s\n", e.Card)
	}
	if e.Query != nil {
		query, err := json.MarshalIndent(e.Query, "", "  ")
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "query: %s\n", query)
	}
	return nil
}
