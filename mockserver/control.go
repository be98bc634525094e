package mockserver

import (
	"encoding/json"
	"net/http"
)

// control serves what the mock tells its keeper, on a listener of its own so
// that no client of the API can reach it:
//
//	GET /_mock/                  {"arms":["…",…]}
//	GET /_mock/ledger?arm=NAME   the arm's ledger.Snapshot; 404 {"error":{"type":"not_found_error","message":"…"}}
func (h *Host) control() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /_mock/{$}", h.listArms)
	mux.HandleFunc("GET /_mock/ledger", h.readLedger)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		controlError(w, http.StatusNotFound, "not_found_error", "no such path: "+r.URL.Path)
	})
	return mux
}

func (h *Host) listArms(w http.ResponseWriter, _ *http.Request) {
	names := make([]string, len(h.arms))
	for i, arm := range h.arms {
		names[i] = arm.Name
	}
	controlAnswer(w, http.StatusOK, map[string][]string{"arms": names})
}

func (h *Host) readLedger(w http.ResponseWriter, r *http.Request) {
	name := r.URL.Query().Get("arm")
	server, ok := h.servers[name]
	if !ok {
		controlError(w, http.StatusNotFound, "not_found_error", "no such arm: "+name)
		return
	}
	snapshot, err := server.Ledger().Snapshot()
	if err != nil {
		controlError(w, http.StatusInternalServerError, "api_error", err.Error())
		return
	}
	controlAnswer(w, http.StatusOK, snapshot)
}

func controlError(w http.ResponseWriter, status int, kind, message string) {
	controlAnswer(w, status, map[string]map[string]string{"error": {"type": kind, "message": message}})
}

func controlAnswer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // a keeper that is gone needs no answer
}
