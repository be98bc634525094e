package sdk_test

import (
	"bufio"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/anthropics/anthropic-sdk-go/v2"
)

// newBatchParams returns a batch of n requests with the custom IDs r0, r1, ….
func newBatchParams(requests int) anthropic.MessageBatchNewParams {
	var params anthropic.MessageBatchNewParams
	for i := range requests {
		one := question(64)
		params.Requests = append(params.Requests, anthropic.MessageBatchNewParamsRequest{
			CustomID: fmt.Sprint("r", i),
			Params: anthropic.MessageBatchNewParamsRequestParams{
				Model: one.Model, MaxTokens: one.MaxTokens, Messages: one.Messages,
			},
		})
	}
	return params
}

// createBatch creates a batch, and checks that it is in progress.
func createBatch(t *testing.T, client anthropic.Client, requests int) *anthropic.MessageBatch {
	t.Helper()
	batch, err := client.Messages.Batches.New(testContext(t), newBatchParams(requests))
	if err != nil {
		t.Fatal(err)
	}
	checkConformance(t, batch)
	if batch.ProcessingStatus != anthropic.MessageBatchProcessingStatusInProgress || batch.ResultsURL != "" || !batch.EndedAt.IsZero() ||
		!strings.HasPrefix(batch.ID, "msgbatch_") || batch.RequestCounts.Processing != int64(requests) || batch.RequestCounts.Succeeded != 0 {
		t.Errorf("the new batch is %s", batch.RawJSON())
	}
	if lifetime := batch.ExpiresAt.Sub(batch.CreatedAt); lifetime != 24*time.Hour {
		t.Errorf("it expires after %v", lifetime)
	}
	return batch
}

// waitForEnd polls a batch until it has ended.
func waitForEnd(t *testing.T, client anthropic.Client, id string) *anthropic.MessageBatch {
	t.Helper()
	for ctx := testContext(t); ; time.Sleep(20 * time.Millisecond) {
		batch, err := client.Messages.Batches.Get(ctx, id, anthropic.MessageBatchGetParams{})
		if err != nil {
			t.Fatal(err)
		}
		checkConformance(t, batch)
		if batch.ProcessingStatus == anthropic.MessageBatchProcessingStatusEnded {
			return batch
		}
		if c := batch.RequestCounts; c.Processing == 0 || c.Succeeded+c.Errored+c.Canceled+c.Expired != 0 {
			t.Errorf("in progress the counts are %s", c.RawJSON())
		}
	}
}

// batchResults returns the results of a batch by custom ID.
func batchResults(t *testing.T, client anthropic.Client, id string) map[string]anthropic.MessageBatchIndividualResponse {
	t.Helper()
	stream := client.Messages.Batches.ResultsStreaming(testContext(t), id, anthropic.MessageBatchResultsParams{})
	defer stream.Close()
	all := map[string]anthropic.MessageBatchIndividualResponse{}
	for stream.Next() {
		one := stream.Current()
		checkConformance(t, one)
		if _, twice := all[one.CustomID]; twice {
			t.Errorf("two results for %s", one.CustomID)
		}
		all[one.CustomID] = one
	}
	if stream.Err() != nil {
		t.Fatal(stream.Err())
	}
	return all
}

func TestAnthropicBatch(t *testing.T) {
	overBothProtocols(t, func(t *testing.T, protocol string) {
		m := newMock(t, batchDuration(3*time.Second)) // long enough for the request for results to come too early, even on a busy machine
		client := m.anthropic(t, protocol, &recorder{})
		id := createBatch(t, client, 3).ID
		early := client.Messages.Batches.ResultsStreaming(testContext(t), id, anthropic.MessageBatchResultsParams{})
		if early.Next() {
			t.Error("there are results before the end")
		}
		wantError(t, early.Err(), 400, anthropic.ErrorTypeInvalidRequestError)

		batch := waitForEnd(t, client, id)
		if c := batch.RequestCounts; c.Succeeded != 3 || c.Processing != 0 || c.Errored+c.Canceled+c.Expired != 0 {
			t.Errorf("at the end the counts are %s", c.RawJSON())
		}
		if batch.EndedAt.Before(batch.CreatedAt) || batch.ResultsURL != m.arm.URL+"/v1/messages/batches/"+id+"/results" {
			t.Errorf("at the end it is %s", batch.RawJSON())
		}
		all := batchResults(t, client, id)
		if len(all) != 3 {
			t.Errorf("%d results", len(all))
		}
		for id, one := range all {
			message := one.Result.Message
			if one.Result.Type != "succeeded" || textOf(message) == "" || message.Usage.OutputTokens != outputTokens || message.StopReason != anthropic.StopReasonEndTurn {
				t.Errorf("%s is %s", id, one.RawJSON())
			}
		}
		if lines := countLines(t, m.client(t, protocol), batch.ResultsURL); lines != 3 {
			t.Errorf("results_url has %d lines", lines)
		}
		if counts := m.ledger(t); counts.Prompts != 3 {
			t.Errorf("the ledger has %d prompts", counts.Prompts)
		}
	})
}

// countLines returns the number of lines at a URL.
func countLines(t *testing.T, client *http.Client, url string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(testContext(t), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer test")
	r.Header.Set("Anthropic-Version", "2026-10-21")
	answer, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	lines := 0
	for scan := bufio.NewScanner(answer.Body); scan.Scan(); lines++ {
	}
	return lines
}

func TestAnthropicBatchErrors(t *testing.T) {
	t.Parallel()
	m := newMock(t, itemErrors)
	client := m.anthropic(t, "HTTP/2.0", &recorder{})
	id := createBatch(t, client, 2).ID
	if c := waitForEnd(t, client, id).RequestCounts; c.Errored != 2 || c.Succeeded != 0 {
		t.Errorf("at the end the counts are %s", c.RawJSON())
	}
	for id, one := range batchResults(t, client, id) {
		if failed := one.Result.Error; one.Result.Type != "errored" || failed.Error.Type == "" || failed.Error.Message == "" {
			t.Errorf("%s is %s", id, one.RawJSON())
		}
	}
	params := newBatchParams(2)
	params.Requests[1].CustomID = params.Requests[0].CustomID
	_, err := client.Messages.Batches.New(testContext(t), params)
	wantError(t, err, 400, anthropic.ErrorTypeInvalidRequestError)
}

func TestAnthropicBatchCancelAndDelete(t *testing.T) {
	t.Parallel()
	m := newMock(t, batchDuration(time.Minute))
	client := m.anthropic(t, "HTTP/2.0", &recorder{})
	id := createBatch(t, client, 2).ID
	_, err := client.Messages.Batches.Delete(testContext(t), id, anthropic.MessageBatchDeleteParams{})
	wantError(t, err, 400, anthropic.ErrorTypeInvalidRequestError)

	canceling, err := client.Messages.Batches.Cancel(testContext(t), id, anthropic.MessageBatchCancelParams{})
	if err != nil {
		t.Fatal(err)
	}
	checkConformance(t, canceling)
	if canceling.ProcessingStatus != anthropic.MessageBatchProcessingStatusCanceling || canceling.CancelInitiatedAt.IsZero() {
		t.Errorf("after the cancellation it is %s", canceling.RawJSON())
	}
	ended := waitForEnd(t, client, id)
	if c := ended.RequestCounts; c.Canceled == 0 || c.Canceled+c.Succeeded != 2 {
		t.Errorf("after the cancellation the counts are %s", c.RawJSON())
	}
	for id, one := range batchResults(t, client, id) {
		if one.Result.Type != "canceled" && one.Result.Type != "succeeded" {
			t.Errorf("%s is %s", id, one.RawJSON())
		}
	}

	deleted, err := client.Messages.Batches.Delete(testContext(t), id, anthropic.MessageBatchDeleteParams{})
	if err != nil {
		t.Fatal(err)
	}
	if checkConformance(t, deleted); deleted.ID != id || deleted.Type != "message_batch_deleted" {
		t.Errorf("after the deletion it is %s", deleted.RawJSON())
	}
	_, err = client.Messages.Batches.Get(testContext(t), id, anthropic.MessageBatchGetParams{})
	wantError(t, err, 404, anthropic.ErrorTypeNotFoundError)
}

func TestAnthropicBatchList(t *testing.T) {
	t.Parallel()
	m := newMock(t, batchDuration(time.Minute))
	client := m.anthropic(t, "HTTP/2.0", &recorder{})
	var newestFirst []string
	for range 5 {
		newestFirst = append([]string{createBatch(t, client, 1).ID}, newestFirst...)
	}
	for _, test := range []struct {
		name   string
		params anthropic.MessageBatchListParams
		want   []string
	}{
		{"in one page", anthropic.MessageBatchListParams{}, newestFirst},
		{"page by page", anthropic.MessageBatchListParams{Limit: anthropic.Int(2)}, newestFirst},
		{"after one", anthropic.MessageBatchListParams{Limit: anthropic.Int(2), AfterID: anthropic.String(newestFirst[1])}, newestFirst[2:]},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			pager := client.Messages.Batches.ListAutoPaging(testContext(t), test.params)
			for pager.Next() {
				got = append(got, pager.Current().ID)
			}
			if pager.Err() != nil || fmt.Sprint(got) != fmt.Sprint(test.want) {
				t.Errorf("got %v, %v, want %v", got, pager.Err(), test.want)
			}
		})
	}
	page, err := client.Messages.Batches.List(testContext(t), anthropic.MessageBatchListParams{
		Limit: anthropic.Int(2), BeforeID: anthropic.String(newestFirst[3]),
	})
	if err != nil || len(page.Data) != 2 || page.Data[0].ID != newestFirst[1] || page.FirstID != newestFirst[1] || page.LastID != newestFirst[2] || !page.HasMore {
		t.Errorf("before %s: %s, %v", newestFirst[3], page.RawJSON(), err)
	}
}
