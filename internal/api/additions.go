package api

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"naru/internal/intake"
	"naru/internal/naru"
	"naru/internal/server"
)

// added is the answer to an addition.
type added struct {
	Reference naru.Reference `json:"reference"`
	// ReceivedAt is when it became durable; of an erasure asked for again, when
	// it was asked for first.
	ReceivedAt time.Time `json:"received_at"`
}

// add serves POST /api/v1/inquiries/{reference}/additions and …/erasure.
func (h *inquiries) add(use func(context.Context, intake.AdditionRequest) (intake.AdditionReceipt, error)) server.Handler {
	return func(c *gin.Context) error {
		key, err := idempotencyKey(c)
		if err != nil {
			return err
		}
		if _, err := contentType(c, "application/json"); err != nil {
			return err
		}
		body, err := io.ReadAll(c.Request.Body)
		if err != nil {
			return unreadable(err)
		}
		receipt, err := use(c.Request.Context(), intake.AdditionRequest{
			Reference: c.Param("reference"), Secret: secretOf(c), Body: body, IdempotencyKey: key, RequestID: server.RequestID(c),
		})
		if err != nil {
			return err
		}
		if receipt.Replayed {
			c.Header("Idempotent-Replayed", "true")
		}
		c.Header("Location", h.public+"/api/v1/inquiries/"+string(receipt.Reference))
		server.JSON(c, http.StatusAccepted, added{receipt.Reference, receipt.Addition.AcceptedAt.UTC()})
		return nil
	}
}
