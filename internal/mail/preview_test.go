package mail

import (
	"os"
	"testing"

	"naru/internal/naru"
)

func TestPreview(t *testing.T) {
	dir := os.Getenv("PREVIEW")
	if dir == "" {
		t.Skip()
	}
	all := []naru.Inquiry{kazakhMother(), mongolianHospital(), japaneseUniversity(), vietnameseAgency(), emiratiEmbassy()}
	c := newTestComposer(t, newMemory(all...), nil)
	for _, q := range all {
		for _, k := range []naru.DeliveryKind{"team", "acknowledgement"} {
			msg, err := c.Compose(t.Context(), exampleDelivery(q, k))
			if err != nil {
				t.Fatal(err)
			}
			for i, p := range msg.GetParts() {
				b, _ := p.GetContent()
				os.WriteFile(dir+"/"+string(k)+"-"+q.Language+[]string{".txt", ".html"}[i], b, 0o644)
			}
			msg.WriteToFile(dir + "/" + string(k) + "-" + q.Language + ".eml")
		}
	}
	for _, l := range naru.Languages {
		q := kazakhMother()
		q.Language = l
		b := newMemory(q)
		c := newTestComposer(t, b, nil)
		msg, err := c.Compose(t.Context(), exampleDelivery(q, "acknowledgement"))
		if err != nil {
			t.Fatal(err)
		}
		for i, p := range msg.GetParts() {
			b, _ := p.GetContent()
			os.WriteFile(dir+"/ack-"+l+[]string{".txt", ".html"}[i], b, 0o644)
		}
	}
	q := vietnameseAgency()
	m := newMemory(q)
	d := exampleDelivery(q, naru.DeliveryTeam)
	d.Outcome, d.Reply, d.Attempt, d.FinishedAt = naru.OutcomePermanent, "550 5.1.1", 1, exampleTime
	m.deliveries[d.ID] = d
	n := exampleDelivery(q, naru.DeliveryNotice)
	n.About, n.TeamID = d.ID, "front-desk"
	msg, err := newTestComposer(t, m, nil).Compose(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range msg.GetParts() {
		b, _ := p.GetContent()
		os.WriteFile(dir+"/notice"+[]string{".txt", ".html"}[i], b, 0o644)
	}
}
