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

// order is a batch of so many requests, named r0, r1, ….
func order(requests int) anthropic.MessageBatchNewParams {
	var params anthropic.MessageBatchNewParams
	for i := range requests {
		one := ask(64)
		params.Requests = append(params.Requests, anthropic.MessageBatchNewParamsRequest{
			CustomID: fmt.Sprint("r", i),
			Params: anthropic.MessageBatchNewParamsRequestParams{
				Model: one.Model, MaxTokens: one.MaxTokens, Messages: one.Messages,
			},
		})
	}
	return params
}

// submit creates a batch that is under way.
func submit(t *testing.T, client anthropic.Client, requests int) *anthropic.MessageBatch {
	t.Helper()
	batch, err := client.Messages.Batches.New(bounded(t), order(requests))
	if err != nil {
		t.Fatal(err)
	}
	conform(t, batch)
	if batch.ProcessingStatus != anthropic.MessageBatchProcessingStatusInProgress || batch.ResultsURL != "" || !batch.EndedAt.IsZero() ||
		!strings.HasPrefix(batch.ID, "msgbatch_") || batch.RequestCounts.Processing != int64(requests) || batch.RequestCounts.Succeeded != 0 {
		t.Errorf("created it is %s", batch.RawJSON())
	}
	if life := batch.ExpiresAt.Sub(batch.CreatedAt); life != 24*time.Hour {
		t.Errorf("it expires after %v", life)
	}
	return batch
}

// poll asks for a batch until it has ended.
func poll(t *testing.T, client anthropic.Client, id string) *anthropic.MessageBatch {
	t.Helper()
	for ctx := bounded(t); ; time.Sleep(20 * time.Millisecond) {
		batch, err := client.Messages.Batches.Get(ctx, id, anthropic.MessageBatchGetParams{})
		if err != nil {
			t.Fatal(err)
		}
		conform(t, batch)
		if batch.ProcessingStatus == anthropic.MessageBatchProcessingStatusEnded {
			return batch
		}
		if c := batch.RequestCounts; c.Processing == 0 || c.Succeeded+c.Errored+c.Canceled+c.Expired != 0 {
			t.Errorf("under way it counts %s", c.RawJSON())
		}
	}
}

// results are a batch's, by custom id.
func results(t *testing.T, client anthropic.Client, id string) map[string]anthropic.MessageBatchIndividualResponse {
	t.Helper()
	stream := client.Messages.Batches.ResultsStreaming(bounded(t), id, anthropic.MessageBatchResultsParams{})
	defer stream.Close()
	all := map[string]anthropic.MessageBatchIndividualResponse{}
	for stream.Next() {
		one := stream.Current()
		conform(t, one)
		if _, twice := all[one.CustomID]; twice {
			t.Errorf("%s stands twice", one.CustomID)
		}
		all[one.CustomID] = one
	}
	if stream.Err() != nil {
		t.Fatal(stream.Err())
	}
	return all
}

func TestAnthropicBatch(t *testing.T) {
	both(t, func(t *testing.T, protocol string) {
		m := host(t, batchesLast(3*time.Second)) // in which a busy machine asks for results, too early
		client := m.anthropic(t, protocol, &wire{})
		id := submit(t, client, 3).ID
		early := client.Messages.Batches.ResultsStreaming(bounded(t), id, anthropic.MessageBatchResultsParams{})
		if early.Next() {
			t.Error("there are results before the end")
		}
		wantError(t, early.Err(), 400, anthropic.ErrorTypeInvalidRequestError)

		batch := poll(t, client, id)
		if c := batch.RequestCounts; c.Succeeded != 3 || c.Processing != 0 || c.Errored+c.Canceled+c.Expired != 0 {
			t.Errorf("ended it counts %s", c.RawJSON())
		}
		if batch.EndedAt.Before(batch.CreatedAt) || batch.ResultsURL != m.arm.URL+"/v1/messages/batches/"+id+"/results" {
			t.Errorf("ended it is %s", batch.RawJSON())
		}
		all := results(t, client, id)
		if len(all) != 3 {
			t.Errorf("%d results", len(all))
		}
		for id, one := range all {
			message := one.Result.Message
			if one.Result.Type != "succeeded" || text(message) == "" || message.Usage.OutputTokens != said || message.StopReason != anthropic.StopReasonEndTurn {
				t.Errorf("%s is %s", id, one.RawJSON())
			}
		}
		if lines := fetch(t, m.client(t, protocol), batch.ResultsURL); lines != 3 {
			t.Errorf("its results_url has %d lines", lines)
		}
		if told := m.ledger(t); told.Prompts != 3 {
			t.Errorf("the ledger has %d prompts", told.Prompts)
		}
	})
}

// fetch counts the lines behind a URL.
func fetch(t *testing.T, client *http.Client, url string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(bounded(t), http.MethodGet, url, nil)
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
	m := host(t, itemErrors)
	client := m.anthropic(t, "HTTP/2.0", &wire{})
	id := submit(t, client, 2).ID
	if c := poll(t, client, id).RequestCounts; c.Errored != 2 || c.Succeeded != 0 {
		t.Errorf("ended it counts %s", c.RawJSON())
	}
	for id, one := range results(t, client, id) {
		if failed := one.Result.Error; one.Result.Type != "errored" || failed.Error.Type == "" || failed.Error.Message == "" {
			t.Errorf("%s is %s", id, one.RawJSON())
		}
	}
	params := order(2)
	params.Requests[1].CustomID = params.Requests[0].CustomID
	_, err := client.Messages.Batches.New(bounded(t), params)
	wantError(t, err, 400, anthropic.ErrorTypeInvalidRequestError)
}

func TestAnthropicBatchCancelAndDelete(t *testing.T) {
	t.Parallel()
	m := host(t, batchesLast(time.Minute))
	client := m.anthropic(t, "HTTP/2.0", &wire{})
	id := submit(t, client, 2).ID
	_, err := client.Messages.Batches.Delete(bounded(t), id, anthropic.MessageBatchDeleteParams{})
	wantError(t, err, 400, anthropic.ErrorTypeInvalidRequestError)

	canceling, err := client.Messages.Batches.Cancel(bounded(t), id, anthropic.MessageBatchCancelParams{})
	if err != nil {
		t.Fatal(err)
	}
	conform(t, canceling)
	if canceling.ProcessingStatus != anthropic.MessageBatchProcessingStatusCanceling || canceling.CancelInitiatedAt.IsZero() {
		t.Errorf("asked to cancel it is %s", canceling.RawJSON())
	}
	ended := poll(t, client, id)
	if c := ended.RequestCounts; c.Canceled == 0 || c.Canceled+c.Succeeded != 2 {
		t.Errorf("canceled it counts %s", c.RawJSON())
	}
	for id, one := range results(t, client, id) {
		if one.Result.Type != "canceled" && one.Result.Type != "succeeded" {
			t.Errorf("%s is %s", id, one.RawJSON())
		}
	}

	deleted, err := client.Messages.Batches.Delete(bounded(t), id, anthropic.MessageBatchDeleteParams{})
	if err != nil {
		t.Fatal(err)
	}
	if conform(t, deleted); deleted.ID != id || deleted.Type != "message_batch_deleted" {
		t.Errorf("deleted it is %s", deleted.RawJSON())
	}
	_, err = client.Messages.Batches.Get(bounded(t), id, anthropic.MessageBatchGetParams{})
	wantError(t, err, 404, anthropic.ErrorTypeNotFoundError)
}

func TestAnthropicBatchList(t *testing.T) {
	t.Parallel()
	m := host(t, batchesLast(time.Minute))
	client := m.anthropic(t, "HTTP/2.0", &wire{})
	var newestFirst []string
	for range 5 {
		newestFirst = append([]string{submit(t, client, 1).ID}, newestFirst...)
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
			pager := client.Messages.Batches.ListAutoPaging(bounded(t), test.params)
			for pager.Next() {
				got = append(got, pager.Current().ID)
			}
			if pager.Err() != nil || fmt.Sprint(got) != fmt.Sprint(test.want) {
				t.Errorf("got %v, %v, want %v", got, pager.Err(), test.want)
			}
		})
	}
	page, err := client.Messages.Batches.List(bounded(t), anthropic.MessageBatchListParams{
		Limit: anthropic.Int(2), BeforeID: anthropic.String(newestFirst[3]),
	})
	if err != nil || len(page.Data) != 2 || page.Data[0].ID != newestFirst[1] || page.FirstID != newestFirst[1] || page.LastID != newestFirst[2] || !page.HasMore {
		t.Errorf("before %s: %s, %v", newestFirst[3], page.RawJSON(), err)
	}
}
