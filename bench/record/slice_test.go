package record

import "testing"

func TestMainIsOpenWhereTheArmHasAnyOpenLoad(t *testing.T) {
	open, closed := &Slice{}, &Slice{}
	arm := Arm{Blocks: []Block{{Open: open, Closed: closed}, {Closed: closed}}}
	if got := arm.Main(&arm.Blocks[0]); got != open {
		t.Errorf("the first block's is %p, want the open slice", got)
	}
	if got := arm.Main(&arm.Blocks[1]); got != nil {
		t.Errorf("a block that ended before its open slice gives %p, want nil", got)
	}
	arm.Blocks[0].Open = nil
	if got := arm.Main(&arm.Blocks[1]); got != closed {
		t.Errorf("without open load it is %p, want the closed slice", got)
	}
}
