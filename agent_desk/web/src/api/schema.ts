// Generated from the server's OpenAPI schema by npm run generate; do not edit.
export interface paths {
    "/api/agent-session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take Seat
         * @description Sit down at a seat, ready for calls.
         */
        post: operations["take_seat"];
        /**
         * Leave Seat
         * @description Leave the seat.
         */
        delete: operations["leave_seat"];
        options?: never;
        head?: never;
        /**
         * Set State
         * @description Become ready, or pause with a reason.
         */
        patch: operations["set_state"];
        trace?: never;
    };
    "/api/agents/{session_id}/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Force Pause
         * @description Pause somebody; a call that rings there goes on to the next seat.
         */
        post: operations["force_pause"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/agents/{session_id}/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Force Ready
         * @description Let somebody take calls again.
         */
        post: operations["force_ready"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/agents/{session_id}/sign-out": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Force Sign Out
         * @description Free somebody's seat; refused in a call.
         */
        post: operations["force_sign_out"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/audits": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Audits
         * @description Who did what to whom, newest first, 100 a page.
         */
        get: operations["audits"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/calendar-days": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Calendar Days
         * @description A year's holidays and the days worked instead.
         */
        get: operations["calendar_days"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/calendar-days/{day}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Put Calendar Day
         * @description Say that a day is a holiday or is worked; running deadlines follow at once.
         */
        put: operations["put_calendar_day"];
        post?: never;
        /**
         * Remove Calendar Day
         * @description Let a day be what its weekday says; running deadlines follow at once.
         */
        delete: operations["remove_calendar_day"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/call-backs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Call Backs
         * @description Every entry that waits, oldest first, then the newest of those that are over.
         */
        get: operations["call_backs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/call-backs/{call_back_id}/call": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Call Back
         * @description Ring the own seat, then the caller.
         */
        post: operations["call_back"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/call-backs/{call_back_id}/close": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Close Call Back
         * @description End the entry with a reason, without having reached the caller.
         */
        post: operations["close_call_back"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/caller-marks/{mark_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Remove Caller Mark
         * @description Take a mark back.
         */
        delete: operations["remove_caller_mark"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/calls": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Place Call
         * @description Ring the own device, then the number.
         */
        post: operations["place_call"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/calls/{call_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Call
         * @description Any call with its transcript, suggestion and order.
         */
        get: operations["call"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/calls/{call_id}/ask-key": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask Key
         * @description Ask the caller, in the call, to press a key.
         */
        post: operations["ask_key"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/calls/{call_id}/caller": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Caller
         * @description The earlier calls of this call's number, with their orders, and its marks.
         */
        get: operations["caller"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/calls/{call_id}/caller/marks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Add Caller Mark
         * @description Note something of the caller; it is shown with every call of the number.
         */
        post: operations["add_caller_mark"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/calls/{call_id}/hand-overs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Begin Hand Over
         * @description Give the call away, or ask somebody into it.
         */
        post: operations["begin_hand_over"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/calls/{call_id}/hang-up": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Hang Up
         * @description End the call this seat is on.
         */
        post: operations["hang_up"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/calls/{call_id}/move": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Move Call
         * @description Put a waiting caller into another queue, or to another place.
         */
        post: operations["move_call"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/calls/{call_id}/recording": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Play
         * @description A call's recording, whole or in ranges; left the caller, right what the caller heard.
         *
         *     Every playback is recorded. A seat hears only calls it took itself since midnight.
         */
        get: operations["play"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/calls/{call_id}/recording/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Verify
         * @description Compare a recording with the hash it was stored with.
         */
        post: operations["verify"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/calls/{call_id}/take": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take Call
         * @description Take a call from the seat that has it.
         */
        post: operations["take_call"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/calls/{call_id}/texts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Texts Of Call
         * @description The text messages of a call, oldest first.
         */
        get: operations["texts_of_call"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/centre": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Centre
         * @description Queues, taxonomy, levels, units and pause reasons.
         */
        get: operations["centre"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/deadlines/late": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Late Deadlines
         * @description Orders past a limit, the oldest first, and the newest escalations.
         */
        get: operations["late_deadlines"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/desk": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Whole Desk
         * @description Everything the seat's page shows.
         */
        get: operations["whole_desk"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/dial": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Dial
         * @description Which misses follow from which false alarms, and what holds.
         */
        get: operations["dial"];
        /**
         * Set Dial
         * @description Let a rate hold from the next suggestion on.
         */
        put: operations["set_dial"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/dial/roll-back": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Roll Back Dial
         * @description Let the setting before hold again.
         */
        post: operations["roll_back_dial"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/floor": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Floor
         * @description Queues, seats and the day's figures as they are now.
         */
        get: operations["floor"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/gazetteer": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Gazetteer
         * @description The tables there are, and which one is in use.
         */
        get: operations["gazetteer"];
        put?: never;
        /**
         * Upload Gazetteer
         * @description Keep a CSV table, at most 20 MB, and say what it holds; nothing changes yet.
         */
        post: operations["upload_gazetteer"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/gazetteer/{table_id}/apply": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Apply Gazetteer
         * @description Read addresses with this table from now on.
         */
        post: operations["apply_gazetteer"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/hand-overs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Hand Overs
         * @description The hand-overs under way that the person began or was asked into.
         */
        get: operations["hand_overs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/hand-overs/targets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Hand Over Targets
         * @description Whom a call could be handed to now.
         */
        get: operations["hand_over_targets"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/hand-overs/{hand_over_id}/complete": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Complete Hand Over
         * @description Leave the caller with the other party.
         */
        post: operations["complete_hand_over"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/hand-overs/{hand_over_id}/join": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Join Hand Over
         * @description Bring the caller into the talk.
         */
        post: operations["join_hand_over"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/hand-overs/{hand_over_id}/keep": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Keep Hand Over
         * @description Go on alone with the caller.
         */
        post: operations["keep_hand_over"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Health
         * @description Whether this process works, without sign-in.
         */
        get: operations["health"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/knowledge/articles": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Articles
         * @description Articles, newest change first, 50 a page.
         */
        get: operations["articles"];
        put?: never;
        /**
         * Add Article
         * @description Write an article; it is found at once.
         */
        post: operations["add_article"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/knowledge/articles/{article_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Edit Article
         * @description Change an article.
         */
        put: operations["edit_article"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/knowledge/articles/{article_id}/changes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Article Changes
         * @description Who changed an article, newest first.
         */
        get: operations["article_changes"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/knowledge/articles/{article_id}/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Restore Article
         * @description Let an article be found again.
         */
        post: operations["restore_article"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/knowledge/articles/{article_id}/retire": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Retire Article
         * @description Let an article be found no more.
         */
        post: operations["retire_article"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/knowledge/gaps": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Gaps
         * @description The newest 200 questions of a state.
         */
        get: operations["gaps"];
        put?: never;
        /**
         * Note Gap
         * @description Tell the editors of a question that no article answers.
         */
        post: operations["note_gap"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/knowledge/gaps/{gap_id}/dismiss": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Dismiss Gap
         * @description Close a question for which no article is wanted.
         */
        post: operations["dismiss_gap"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/knowledge/search": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Search Knowledge
         * @description Articles for what was typed or what the caller said.
         */
        post: operations["search_knowledge"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Models
         * @description The models, the training under way and the last ones, and how much there is to learn.
         */
        get: operations["models"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/models/roll-back": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Roll Back Model
         * @description Suggest with the version that was live before.
         */
        post: operations["roll_back_model"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/models/use": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Use Model
         * @description Suggest with another version from now on.
         */
        post: operations["use_model"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/notices/{notice_id}/seen": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * See Notice
         * @description Take note of an escalation.
         */
        post: operations["see_notice"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/numbers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Numbers
         * @description All numbers beside the queues' own.
         */
        get: operations["numbers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/numbers/{number}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Put Number
         * @description Let a number lead to a queue; calls in progress go on.
         */
        put: operations["put_number"];
        post?: never;
        /**
         * Remove Number
         * @description Answer a number no more; whoever dials it is told that it does not exist.
         */
        delete: operations["remove_number"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/orders": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Orders
         * @description The newest 100 orders: a seat's own, for a supervisor all.
         */
        get: operations["orders"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/orders/{order_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Order
         * @description An order with its call and transcript.
         */
        get: operations["order"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Edit
         * @description Store the fields the seat typed or confirmed.
         */
        patch: operations["edit"];
        trace?: never;
    };
    "/api/orders/{order_id}/accept-sure": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Accept Sure
         * @description Confirm every field the machine is sure of.
         */
        post: operations["accept_sure"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/orders/{order_id}/answer": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Answer
         * @description Close the order with the answer given on the telephone.
         */
        post: operations["answer"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/orders/{order_id}/close": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Close
         * @description Close the order after the units' feedback was checked.
         */
        post: operations["close"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/orders/{order_id}/discard": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Discard
         * @description Give the draft up, with a reason.
         */
        post: operations["discard"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/orders/{order_id}/dispatches/{dispatch_id}/rate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Rate
         * @description Store the citizen's stars for what the unit did.
         */
        post: operations["rate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/orders/{order_id}/dispatches/{dispatch_id}/recall": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Recall
         * @description Take the order back from a unit that is not on site yet.
         */
        post: operations["recall"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/orders/{order_id}/dispatches/{dispatch_id}/redo": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Redo
         * @description Send the order back to a unit whose feedback does not suffice.
         */
        post: operations["redo"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/orders/{order_id}/dispatches/{dispatch_id}/reroute": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Reroute
         * @description Give the unit's order to another unit.
         */
        post: operations["reroute"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/orders/{order_id}/levels": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Order Levels
         * @description Which centre commands the order, which follow it, who may take it over.
         */
        get: operations["order_levels"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/orders/{order_id}/merge": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Merge Order
         * @description Merge the draft into an open order; its caller keeps the own call-back.
         */
        post: operations["merge_order"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/orders/{order_id}/offer": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Offer
         * @description Offer a household service to the firms of its trade and area.
         */
        post: operations["offer"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/orders/{order_id}/owner": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Hand Over Order
         * @description Give the order to a colleague, or take one that was passed to the own centre.
         */
        post: operations["hand_over_order"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/orders/{order_id}/pass": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Pass On
         * @description Let a lower centre command the order, or take it back from one.
         */
        post: operations["pass_on"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/orders/{order_id}/proposals": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Proposals
         * @description Which units should go for the order as it is now, and why.
         */
        get: operations["proposals"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/orders/{order_id}/reopen": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Reopen
         * @description Take a closed order up again.
         */
        post: operations["reopen"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/orders/{order_id}/report": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Report Up
         * @description Show the order to the centre above.
         */
        post: operations["report_up"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/orders/{order_id}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Resume
         * @description Let a suspended order go on.
         */
        post: operations["resume"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/orders/{order_id}/same": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Same Matters
         * @description Open orders that the draft may be about as well, at most five.
         */
        get: operations["same_matters"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/orders/{order_id}/send": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send
         * @description Send the order to units; those that already have it are left alone.
         */
        post: operations["send"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/orders/{order_id}/split": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Split Order
         * @description Undo the merge; the machine fills what was said meanwhile.
         */
        post: operations["split_order"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/orders/{order_id}/steps": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Order Steps
         * @description What happened to the order, oldest first.
         */
        get: operations["order_steps"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/orders/{order_id}/suspend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Suspend
         * @description Let the order rest; its time limits stand still.
         */
        post: operations["suspend"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/orders/{order_id}/watch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Order Watch
         * @description An order's deadlines, and how far each message to its units has got.
         */
        get: operations["order_watch"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/quality": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Quality
         * @description First dispatch, suggestions, drift and gaps of this week and those before it.
         */
        get: operations["quality"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/quality/tables/{table}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Quality Table
         * @description One table of the report for a spreadsheet.
         */
        get: operations["quality_table"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/recordings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Recordings
         * @description Calls that are over, newest first, 50 a page. Days are the centre's, both included.
         */
        get: operations["recordings"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/seats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Seats
         * @description All seats, and who sits there.
         */
        get: operations["seats"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who Am I
         * @description The signed-in person.
         */
        get: operations["who_am_i"];
        put?: never;
        /**
         * Sign In
         * @description Sign in; sets the session cookie and ends the sign-in that this browser had before.
         */
        post: operations["sign_in"];
        /**
         * Sign Out
         * @description Sign out; leaves the seat too when this was the person's last sign-in.
         */
        delete: operations["sign_out"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/statistics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Statistics
         * @description The figures of calls received, and of time worked, from ``since`` (midnight in China) to
         *     before ``until`` (the next one); 31 days at most.
         */
        get: operations["statistics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/supervise": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Supervision
         * @description Beside whom the supervisor is.
         */
        get: operations["supervision"];
        put?: never;
        /**
         * Supervise
         * @description Be beside a seat that is in a call; the supervisor's own device is rung for it.
         */
        post: operations["supervise"];
        /**
         * Stop Supervision
         * @description Leave the seat alone; the call goes on.
         */
        delete: operations["stop_supervision"];
        options?: never;
        head?: never;
        /**
         * Change Supervision
         * @description Listen, whisper or talk along, without ringing again.
         */
        patch: operations["change_supervision"];
        trace?: never;
    };
    "/api/taxonomy": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Taxonomy
         * @description Every item, and who changed what.
         */
        get: operations["taxonomy"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/taxonomy/roll-back": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Roll Back Taxonomy
         * @description Put an earlier version in force again.
         */
        post: operations["roll_back_taxonomy"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/taxonomy/{code}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Put Item
         * @description Change an item, or add one.
         */
        put: operations["put_item"];
        post?: never;
        /**
         * Retire Item
         * @description Offer an item no more; ``number`` is the version the supervisor saw.
         */
        delete: operations["retire_item"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/texts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send Text
         * @description Send a text message to a number or to the caller of a call.
         */
        post: operations["send_text"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/training": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Start Training
         * @description Train a new version in the background.
         */
        post: operations["start_training"];
        /**
         * Cancel Training
         * @description Stop the training under way.
         */
        delete: operations["cancel_training"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/unit/deadlines": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Unit Deadlines
         * @description The own orders' deadlines that run out first.
         */
        get: operations["unit_deadlines"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/unit/forces": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Unit Forces
         * @description The own unit's teams and vehicles.
         */
        get: operations["unit_forces"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/unit/forces/{force_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Report Force
         * @description Say where a team or vehicle is, and whether it can go.
         */
        post: operations["report_force"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/unit/orders": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Unit Orders
         * @description The own unit's newest orders.
         */
        get: operations["unit_orders"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/unit/orders/shown": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Orders Shown
         * @description The page shows these orders: they have reached the terminal.
         */
        post: operations["orders_shown"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/unit/orders/{dispatch_id}/arrive": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Arrive
         * @description The unit has arrived.
         */
        post: operations["arrive"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/unit/orders/{dispatch_id}/depart": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Depart
         * @description The unit is on its way.
         */
        post: operations["depart"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/unit/orders/{dispatch_id}/feedback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Feed Back
         * @description The unit reports how it went.
         */
        post: operations["feed_back"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/unit/orders/{dispatch_id}/quote": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Quote
         * @description The firm that took a household service says what it costs.
         */
        post: operations["quote"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/unit/orders/{dispatch_id}/receive": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Receive
         * @description The unit has seen the order and takes it.
         */
        post: operations["receive"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/unit/orders/{dispatch_id}/reject": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Reject
         * @description The unit hands the order back, with a reason.
         */
        post: operations["reject"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/unit/shifts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Unit Shifts
         * @description The own unit's roster from yesterday on, for five weeks.
         */
        get: operations["unit_shifts"];
        put?: never;
        /**
         * Add Shift
         * @description Put somebody on the roster.
         */
        post: operations["add_shift"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/unit/shifts/{shift_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Remove Shift
         * @description Take a shift off the roster.
         */
        delete: operations["remove_shift"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/units/{unit_id}/token": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * New Unit Token
         * @description A new token for a unit's system; the former one is void from then on.
         */
        put: operations["new_unit_token"];
        post?: never;
        /**
         * Remove Unit Token
         * @description Shut a unit's system out.
         */
        delete: operations["remove_unit_token"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/utterances/{utterance_id}/text": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Correct Utterance
         * @description Correct an utterance of a call the person took; supervisors of any call. What was heard is
         *     kept, and who changed it when.
         */
        put: operations["correct_utterance"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/unit-api/orders": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * System Orders
         * @description The unit's newest orders.
         */
        get: operations["system_orders"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/unit-api/orders/{order_id}/arrive": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * System Arrive
         * @description The unit is on site.
         */
        post: operations["system_arrive"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/unit-api/orders/{order_id}/depart": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * System Depart
         * @description The unit is on its way.
         */
        post: operations["system_depart"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/unit-api/orders/{order_id}/feedback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * System Feed Back
         * @description The unit reports how it went.
         */
        post: operations["system_feed_back"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/unit-api/orders/{order_id}/receive": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * System Receive
         * @description The unit takes the order.
         */
        post: operations["system_receive"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/unit-api/orders/{order_id}/return": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * System Return
         * @description The unit hands the order back.
         */
        post: operations["system_return"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/unit-api/signed/{unit_code}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * System Signed
         * @description One of the actions above by a signed request, as ``dispatch.signatures`` describes it.
         */
        post: operations["system_signed"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** AcceptSure */
        AcceptSure: {
            /** Version */
            version: number;
        };
        /** AddCallerMark */
        AddCallerMark: {
            /**
             * Kind
             * @enum {string}
             */
            kind: "nuisance" | "vulnerable" | "frequent" | "other";
            /**
             * Note
             * @default
             */
            note: string;
        };
        /** AddShift */
        AddShift: {
            /**
             * Ends At
             * Format: date-time
             */
            ends_at: string;
            /** Person Name */
            person_name: string;
            /**
             * Phone
             * @default
             */
            phone: string;
            /**
             * Starts At
             * Format: date-time
             */
            starts_at: string;
        };
        /**
         * AddressInfo
         * @description ``lon`` and ``lat`` are degrees of the part named by ``located``.
         */
        AddressInfo: {
            /**
             * Lat
             * @default null
             */
            lat: number | null;
            /**
             * Located
             * @default
             */
            located: string;
            /**
             * Lon
             * @default null
             */
            lon: number | null;
            /** P */
            p: number;
            /** Parts */
            parts: {
                [key: string]: string;
            };
            /**
             * Read Back
             * @default
             */
            read_back: string;
            /** Source */
            source: string;
            /** Text */
            text: string;
        };
        /** AgentMessage */
        AgentMessage: {
            agent: components["schemas"]["AgentSessionInfo"] | null;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "agent";
        };
        /** AgentSessionInfo */
        AgentSessionInfo: {
            /** Call Id */
            call_id: string | null;
            device: components["schemas"]["Device"];
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /** Pause Reason */
            pause_reason: string;
            /** Queue Codes */
            queue_codes: string[];
            /** Seat Code */
            seat_code: string;
            /** Seat Name */
            seat_name: string;
            sip: components["schemas"]["SipAccount"] | null;
            status: components["schemas"]["AgentState"];
            /**
             * Status Since
             * Format: date-time
             */
            status_since: string;
        };
        /**
         * AgentState
         * @description 接警员: what the person at a seat is doing.
         * @enum {string}
         */
        AgentState: "logged_out" | "ready" | "ringing" | "on_call" | "wrap_up" | "paused";
        /**
         * AgentStatistics
         * @description Seconds in each state of one person between the two times.
         */
        AgentStatistics: {
            /** Answered */
            answered: number;
            /** Occupancy */
            occupancy: number | null;
            /** Paused Seconds */
            paused_seconds: number;
            /** Ready Seconds */
            ready_seconds: number;
            /** Talk Seconds */
            talk_seconds: number;
            /**
             * User Id
             * Format: uuid
             */
            user_id: string;
            /** User Name */
            user_name: string;
            /** Wrap Up Seconds */
            wrap_up_seconds: number;
        };
        /** AnswerOrder */
        AnswerOrder: {
            /** Answer */
            answer: string;
            /** Version */
            version: number;
        };
        /**
         * ArticleChange
         * @description Who changed an article and what; ``before`` and ``after`` hold the members that changed.
         */
        ArticleChange: {
            /** Action */
            action: string;
            /** After */
            after: {
                [key: string]: unknown;
            };
            /**
             * At
             * Format: date-time
             */
            at: string;
            /** Before */
            before: {
                [key: string]: unknown;
            };
            /** By */
            by: string;
        };
        /**
         * ArticleFound
         * @description An article for a question; ``matched`` are the words of the question it rests on.
         */
        ArticleFound: {
            /** Answer */
            answer: string;
            /** Code */
            code: string;
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /** Matched */
            matched: string[];
            /** P */
            p: number;
            /** Source */
            source: string;
            /** Title */
            title: string;
            /** Unit */
            unit: string;
            /** Valid From */
            valid_from: string | null;
            /** Valid Until */
            valid_until: string | null;
        };
        /**
         * ArticleInfo
         * @description ``state``: whether the article holds today, not yet, no more, or was taken back.
         */
        ArticleInfo: {
            /** Answer */
            answer: string;
            /** Code */
            code: string;
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /** Questions */
            questions: string[];
            /** Source */
            source: string;
            /**
             * State
             * @enum {string}
             */
            state: "valid" | "later" | "expired" | "retired";
            /** Tags */
            tags: string[];
            /** Title */
            title: string;
            /** Unit */
            unit: string;
            /**
             * Updated At
             * Format: date-time
             */
            updated_at: string;
            /** Updated By */
            updated_by: string;
            /** Valid From */
            valid_from: string | null;
            /** Valid Until */
            valid_until: string | null;
            /** Version */
            version: number;
        };
        /**
         * ArticlePage
         * @description A page of articles; ``total`` counts all that fit.
         */
        ArticlePage: {
            /** Articles */
            articles: components["schemas"]["ArticleInfo"][];
            /** Total */
            total: number;
        };
        /**
         * ArticleText
         * @description What a supervisor writes. ``gap_id`` is the question that made them write it.
         */
        ArticleText: {
            /** Answer */
            answer: string;
            /** Gap Id */
            gap_id?: string | null;
            /** Questions */
            questions?: string[];
            /** Source */
            source: string;
            /** Tags */
            tags?: string[];
            /** Title */
            title: string;
            /** Unit */
            unit: string;
            /** Valid From */
            valid_from?: string | null;
            /** Valid Until */
            valid_until?: string | null;
        };
        /** ArticleVersion */
        ArticleVersion: {
            /** Version */
            version: number;
        };
        /**
         * AskHandOver
         * @description Exactly one of ``queue_code``, ``seat_code`` and ``number`` names the other party.
         */
        AskHandOver: {
            kind: components["schemas"]["HandOverKind"];
            /** Number */
            number?: string | null;
            /** Queue Code */
            queue_code?: string | null;
            /** Seat Code */
            seat_code?: string | null;
        };
        /** AuditEntry */
        AuditEntry: {
            /** Action */
            action: string;
            /**
             * At
             * Format: date-time
             */
            at: string;
            /** By */
            by: string;
            /** Detail */
            detail: {
                [key: string]: unknown;
            };
            /** Subject */
            subject: string;
            /** Subject Id */
            subject_id: string;
        };
        /**
         * CalendarDayInfo
         * @description A day that is not what its weekday says.
         */
        CalendarDayInfo: {
            /**
             * Day
             * Format: date
             */
            day: string;
            kind: components["schemas"]["DayKind"];
            /** Name */
            name: string;
        };
        /**
         * CallBackInfo
         * @description ``summary`` is what the caller was heard to say, shortened.
         */
        CallBackInfo: {
            /**
             * Call Id
             * Format: uuid
             */
            call_id: string;
            /** Closed At */
            closed_at: string | null;
            /** Closed Reason */
            closed_reason: string;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /**
             * Id
             * Format: uuid
             */
            id: string;
            kind: components["schemas"]["CallBackKind"];
            /** Number */
            number: string;
            /** Queue Code */
            queue_code: string;
            /** Short */
            short: boolean;
            status: components["schemas"]["CallBackStatus"];
            /** Summary */
            summary: string;
            /** Tries */
            tries: number;
            /** User Name */
            user_name: string;
        };
        /**
         * CallBackKind
         * @description Why a caller has to be called back.
         * @enum {string}
         */
        CallBackKind: "missed" | "message" | "place" | "cut_off";
        /**
         * CallBackMessage
         * @description To every seat: an entry is new or has changed.
         */
        CallBackMessage: {
            call_back: components["schemas"]["CallBackInfo"];
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "call_back";
        };
        /**
         * CallBackStatus
         * @description 回电: somebody who has to be called back.
         * @enum {string}
         */
        CallBackStatus: "open" | "calling" | "done" | "closed";
        /**
         * CallInfo
         * @description ``dialled`` is what the caller chose, or whom a seat calls. ``held_since`` is set while the
         *     caller hears music; ``silent`` says that an emergency caller has said nothing since the answer.
         */
        CallInfo: {
            /** Answered At */
            answered_at: string | null;
            /** Caller Number */
            caller_number: string;
            /** Dialled */
            dialled: string;
            direction: components["schemas"]["Direction"];
            /** Ended At */
            ended_at: string | null;
            /** Held Since */
            held_since: string | null;
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /** Lift Reason */
            lift_reason: string;
            /** Previous Calls */
            previous_calls: number;
            /** Priority */
            priority: number;
            /** Queue Code */
            queue_code: string;
            /**
             * Received At
             * Format: date-time
             */
            received_at: string;
            /** Silent */
            silent: boolean;
            speech: components["schemas"]["SpeechState"];
            status: components["schemas"]["CallStatus"];
        };
        /** CallMessage */
        CallMessage: {
            call: components["schemas"]["CallInfo"];
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "call";
        };
        /**
         * CallStatus
         * @description 来电: one caller's whole interaction.
         * @enum {string}
         */
        CallStatus: "received" | "queued" | "ringing" | "answered" | "ended" | "abandoned";
        /** CallerHistory */
        CallerHistory: {
            /** Calls */
            calls: components["schemas"]["PreviousCall"][];
            /** Marks */
            marks: components["schemas"]["CallerMarkInfo"][];
            /** Number */
            number: string;
        };
        /** CallerMarkInfo */
        CallerMarkInfo: {
            /** By */
            by: string;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /** Kind */
            kind: string;
            /** Note */
            note: string;
        };
        /**
         * CategoryInfo
         * @description An item of the taxonomy. ``ask`` are questions to put, ``advise`` what to tell the caller.
         */
        CategoryInfo: {
            /** Advise */
            advise: string[];
            /** Ask */
            ask: string[];
            /** Code */
            code: string;
            /** Emergency */
            emergency: boolean;
            /** Group */
            group: string;
            /** Level */
            level: string;
            /** Name */
            name: string;
            /** Units */
            units: string[];
        };
        /**
         * Centre
         * @description What changes seldom: fetched once after sign-in. ``texts`` whether messages can be sent.
         */
        Centre: {
            /** Categories */
            categories: components["schemas"]["CategoryInfo"][];
            /** Levels */
            levels: string[];
            /** Pause Reasons */
            pause_reasons: string[];
            /** Queues */
            queues: components["schemas"]["QueueInfo"][];
            /** Texts */
            texts: boolean;
            /** Units */
            units: components["schemas"]["UnitInfo"][];
        };
        /**
         * CentreName
         * @description A centre; ``code`` is empty for the highest.
         */
        CentreName: {
            /** Code */
            code: string;
            /** Name */
            name: string;
        };
        /**
         * ChangeInfo
         * @description ``text[start:end]`` stands in the place of the words ``heard``, which sound like it.
         */
        ChangeInfo: {
            /** End */
            end: number;
            /** Heard */
            heard: string;
            /** Start */
            start: number;
        };
        /**
         * ChannelKind
         * @description A way of reaching a unit.
         * @enum {string}
         */
        ChannelKind: "web" | "phone" | "sms" | "webhook" | "email";
        /**
         * Check
         * @description Who has to look at the result before the order is closed.
         * @enum {string}
         */
        Check: "none" | "seat" | "review_call" | "supervisor";
        /** ChoiceInfo */
        ChoiceInfo: {
            /**
             * Code
             * @default
             */
            code: string;
            /** Name */
            name: string;
            /** P */
            p: number;
        };
        /**
         * ClassComparison
         * @description How many texts of an item each model put there.
         */
        ClassComparison: {
            /** Code */
            code: string;
            /** Count */
            count: number;
            /** Name */
            name: string;
            /** New */
            new: number;
            /** New High */
            new_high: number;
            /** New Low */
            new_low: number;
            /** Old */
            old: number;
        };
        /** CloseCallBack */
        CloseCallBack: {
            /** Reason */
            reason: string;
        };
        /**
         * CloseOrder
         * @description ``opinion`` is what the citizen told the seat, ``note`` what was found.
         */
        CloseOrder: {
            /**
             * Note
             * @default
             */
            note: string;
            /**
             * Opinion
             * @default
             * @enum {string}
             */
            opinion: "" | "satisfied" | "unsatisfied" | "no_answer";
            /** Version */
            version: number;
        };
        /**
         * Colleague
         * @description Somebody who may take an order over.
         */
        Colleague: {
            /** Name */
            name: string;
            /**
             * User Id
             * Format: uuid
             */
            user_id: string;
        };
        /**
         * Comparison
         * @description A new model beside the one that was live, on texts that neither learned.
         */
        Comparison: {
            /** Cases */
            cases: number;
            /** Classes */
            classes: components["schemas"]["ClassComparison"][];
            /** Compared With */
            compared_with: string;
            /** Heads */
            heads: components["schemas"]["HeadComparison"][];
            /** Own Calls */
            own_calls: number;
            /**
             * Verdict
             * @enum {string}
             */
            verdict: "better" | "denies" | "worse" | "no_gain";
            /** Worse In */
            worse_in: string[];
        };
        /**
         * CorrectUtterance
         * @description ``text`` is what was really said, ``seen`` the text that the person had before them.
         */
        CorrectUtterance: {
            /** Seen */
            seen: string;
            /** Text */
            text: string;
        };
        /**
         * DayKind
         * @description A day that is not what its weekday says.
         * @enum {string}
         */
        DayKind: "holiday" | "workday";
        /**
         * DeadlineInfo
         * @description A deadline; ``name`` and ``escalated`` are words for people. ``paused`` while its clock
         *     stands. ``office`` where only office hours of working days count.
         */
        DeadlineInfo: {
            /**
             * Due At
             * Format: date-time
             */
            due_at: string;
            /** Escalated */
            escalated: string[];
            kind: components["schemas"]["DeadlineKind"];
            /** Late */
            late: boolean;
            /** Limit Seconds */
            limit_seconds: number;
            /** Name */
            name: string;
            /** Office */
            office: boolean;
            /** Paused */
            paused: boolean;
            /** Reminded */
            reminded: boolean;
            /**
             * Started At
             * Format: date-time
             */
            started_at: string;
            /** Stopped At */
            stopped_at: string | null;
        };
        /**
         * DeadlineKind
         * @description What has to happen in time. ``CLOSED`` is of a work order, the others of one unit.
         * @enum {string}
         */
        DeadlineKind: "received" | "en_route" | "on_site" | "feedback" | "closed";
        /**
         * DeliveryInfo
         * @description One message on one channel, in words for people; ``at`` is when it got this far.
         */
        DeliveryInfo: {
            /**
             * At
             * Format: date-time
             */
            at: string;
            channel: components["schemas"]["ChannelKind"];
            /** Channel Name */
            channel_name: string;
            /** Error */
            error: string;
            purpose: components["schemas"]["Purpose"];
            status: components["schemas"]["DeliveryStatus"];
            /** Status Name */
            status_name: string;
            /** Tries */
            tries: number;
        };
        /**
         * DeliveryStatus
         * @description 送达: how far a message to a unit has got on one channel.
         * @enum {string}
         */
        DeliveryStatus: "waiting" | "sent" | "delivered" | "failed" | "cancelled";
        /**
         * Desk
         * @description Everything a seat's page needs after a load or a lost connection.
         */
        Desk: {
            agent: components["schemas"]["AgentSessionInfo"] | null;
            helpers: components["schemas"]["Helpers"];
            /** Orders */
            orders: components["schemas"]["OrderLine"][];
            workspace: components["schemas"]["Workspace"] | null;
        };
        /**
         * Device
         * @description What an agent talks through.
         * @enum {string}
         */
        Device: "web" | "phone";
        /** DialChange */
        DialChange: {
            /**
             * At
             * Format: date-time
             */
            at: string;
            /** Basis */
            basis: string;
            /** By */
            by: string;
            /** Emergency From */
            emergency_from: number | null;
            /** False Alarms */
            false_alarms: number | null;
            /** Model Version */
            model_version: string;
        };
        /**
         * DialInfo
         * @description ``emergency_from`` is in use. Own calls tell something from ``least_emergencies`` on;
         *     ``confirmed`` of them were judged by a person, ``models`` is by how many models they were.
         */
        DialInfo: {
            /** Basis */
            basis: string;
            /** Calls */
            calls: components["schemas"]["DialPoint"][];
            /** Chosen With */
            chosen_with: string;
            /** Confirmed */
            confirmed: number;
            /** Corpus */
            corpus: components["schemas"]["DialPoint"][];
            /** Emergencies */
            emergencies: number;
            /** Emergency From */
            emergency_from: number | null;
            /** False Alarms */
            false_alarms: number | null;
            /** History */
            history: components["schemas"]["DialChange"][];
            /** Least Emergencies */
            least_emergencies: number;
            /** Model Version */
            model_version: string;
            /** Models */
            models: number;
            /** Others */
            others: number;
        };
        /**
         * DialPoint
         * @description A false-alarm rate, the threshold it needs, the misses that follow (95 % interval).
         */
        DialPoint: {
            /** False Alarms */
            false_alarms: number;
            /** Missed */
            missed: number;
            /** Missed High */
            missed_high: number;
            /** Missed Low */
            missed_low: number;
            /** Threshold */
            threshold: number;
        };
        /**
         * Direction
         * @description Who called whom.
         * @enum {string}
         */
        Direction: "in" | "out";
        /** DiscardOrder */
        DiscardOrder: {
            /** Reason */
            reason: string;
            /** Version */
            version: number;
        };
        /** DismissGap */
        DismissGap: {
            /** Reason */
            reason: string;
        };
        /**
         * DispatchInfo
         * @description A lamp: ``lamp`` is null for a recalled order.
         */
        DispatchInfo: {
            /** Fed Back At */
            fed_back_at: string | null;
            /** Feedback */
            feedback: string;
            /**
             * Id
             * Format: uuid
             */
            id: string;
            lamp: components["schemas"]["Lamp"] | null;
            /** Offer */
            offer: boolean;
            /** Price Note */
            price_note: string;
            /** Rating */
            rating: number | null;
            /** Recall Reason */
            recall_reason: string;
            /** Received At */
            received_at: string | null;
            /** Reject Reason */
            reject_reason: string;
            /** Sent At */
            sent_at: string | null;
            status: components["schemas"]["DispatchStatus"];
            /**
             * Unit Id
             * Format: uuid
             */
            unit_id: string;
            /** Unit Kind */
            unit_kind: string;
            /** Unit Name */
            unit_name: string;
        };
        /**
         * DispatchStatus
         * @description 派单: a work order at one unit.
         * @enum {string}
         */
        DispatchStatus: "created" | "sent" | "received" | "en_route" | "on_site" | "fed_back" | "rejected" | "recalled";
        /**
         * EditArticle
         * @description The same for an article that is there; ``version`` is the one that was read.
         */
        EditArticle: {
            /** Answer */
            answer: string;
            /** Gap Id */
            gap_id?: string | null;
            /** Questions */
            questions?: string[];
            /** Source */
            source: string;
            /** Tags */
            tags?: string[];
            /** Title */
            title: string;
            /** Unit */
            unit: string;
            /** Valid From */
            valid_from?: string | null;
            /** Valid Until */
            valid_until?: string | null;
            /** Version */
            version: number;
        };
        /**
         * EditOrder
         * @description Fields the seat typed or confirmed. ``version`` is the one the seat saw.
         */
        EditOrder: {
            /** Fields */
            fields: {
                [key: string]: unknown;
            };
            /** Version */
            version: number;
        };
        /** EmergencyInfo */
        EmergencyInfo: {
            /**
             * Label
             * @enum {string}
             */
            label: "emergency" | "non_emergency" | "unsure";
            /** P */
            p: number;
        };
        /** EndedIn */
        EndedIn: {
            /** Count */
            count: number;
            /** Name */
            name: string;
        };
        /** FeedBack */
        FeedBack: {
            /** Text */
            text: string;
        };
        /**
         * FieldQuality
         * @description What people did with one field's values. ``share`` is confirmed and kept of all proposed.
         */
        FieldQuality: {
            /** Changed */
            changed: number;
            /** Chosen */
            chosen: number;
            /** Confirmed */
            confirmed: number;
            field: components["schemas"]["Judged"];
            /** Kept */
            kept: number;
            /** Share */
            share: number | null;
        };
        /** FieldStateInfo */
        FieldStateInfo: {
            /** By */
            by: string;
            /** Changed Version */
            changed_version: number;
            /** Confirmed */
            confirmed: boolean;
            /** Evidence */
            evidence: string;
            /** P */
            p: number | null;
            /** Read Back */
            read_back: string;
            /**
             * Source
             * @enum {string}
             */
            source: "machine" | "person";
        };
        /** Floor */
        Floor: {
            /**
             * At
             * Format: date-time
             */
            at: string;
            /** Call Backs Open */
            call_backs_open: number;
            /** Queues */
            queues: components["schemas"]["QueueFloor"][];
            /** Seats */
            seats: components["schemas"]["SeatFloor"][];
        };
        /**
         * FloorMessage
         * @description To supervisors, at most once a second while something moves.
         */
        FloorMessage: {
            floor: components["schemas"]["Floor"];
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "floor";
        };
        /**
         * ForceInfo
         * @description A team or vehicle with its last known position in degrees (GCJ-02).
         */
        ForceInfo: {
            /** Capabilities */
            capabilities: string[];
            /** Code */
            code: string;
            /** Contact Phone */
            contact_phone: string;
            /**
             * Id
             * Format: uuid
             */
            id: string;
            kind: components["schemas"]["ForceKind"];
            /** Lat */
            lat: number | null;
            /** Lon */
            lon: number | null;
            /** Name */
            name: string;
            /** People */
            people: number;
            /** Position At */
            position_at: string | null;
            status: components["schemas"]["ForceStatus"];
            /**
             * Status Since
             * Format: date-time
             */
            status_since: string;
        };
        /**
         * ForceKind
         * @description A team of people or a vehicle.
         * @enum {string}
         */
        ForceKind: "team" | "vehicle";
        /** ForcePause */
        ForcePause: {
            /** Reason */
            reason: string;
        };
        /**
         * ForceStatus
         * @description Whether a team or a vehicle can go.
         * @enum {string}
         */
        ForceStatus: "ready" | "out" | "off";
        /**
         * FormFields
         * @description The order form. ``unit_ids`` are linkage units' ids as text.
         */
        FormFields: {
            /**
             * Address
             * @default
             */
            address: string;
            /**
             * Category Code
             * @default
             */
            category_code: string;
            /**
             * Contact Name
             * @default
             */
            contact_name: string;
            /**
             * Contact Phone
             * @default
             */
            contact_phone: string;
            /**
             * Emergency
             * @default null
             */
            emergency: boolean | null;
            /**
             * Injured
             * @default null
             */
            injured: number | null;
            /**
             * Level
             * @default
             */
            level: string;
            /**
             * Summary
             * @default
             */
            summary: string;
            /**
             * Trapped
             * @default null
             */
            trapped: number | null;
            /** Unit Ids */
            unit_ids: string[];
        };
        /**
         * GapInfo
         * @description A question that no article answered. ``article_title`` is the one written for it.
         */
        GapInfo: {
            /** Article Id */
            article_id: string | null;
            /** Article Title */
            article_title: string;
            /**
             * Asked At
             * Format: date-time
             */
            asked_at: string;
            /** Asked By */
            asked_by: string;
            /** Call Id */
            call_id: string | null;
            /** Closed At */
            closed_at: string | null;
            /** Closed By */
            closed_by: string;
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /** Reason */
            reason: string;
            status: components["schemas"]["GapStatus"];
            /** Text */
            text: string;
        };
        /**
         * GapStatus
         * @description 知识缺口: a question that no article answers.
         * @enum {string}
         */
        GapStatus: "open" | "answered" | "dismissed";
        /**
         * GazetteerInfo
         * @description A table that was uploaded. ``in_use``: addresses are read with it now.
         */
        GazetteerInfo: {
            /** Applied At */
            applied_at: string | null;
            /** By */
            by: string;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /** In Use */
            in_use: boolean;
            /** Name */
            name: string;
            /** Names */
            names: number;
            /** Problems */
            problems: number;
        };
        /**
         * GazetteerPreview
         * @description What a table holds before it is applied. ``problems`` name file and line, the first 200 of
         *     ``problem_count``; ``added`` and ``gone`` count names beside the table in use.
         */
        GazetteerPreview: {
            /** Added */
            added: number;
            /** Aliases */
            aliases: number;
            /** Gone */
            gone: number;
            /** Gone Examples */
            gone_examples: string[];
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /** Kinds */
            kinds: components["schemas"]["NameKind"][];
            /** Located */
            located: number;
            /** Name */
            name: string;
            /** Names */
            names: number;
            /** Problem Count */
            problem_count: number;
            /** Problems */
            problems: string[];
        };
        /**
         * GazetteerState
         * @description ``names`` are in use now; ``speech_graph`` is the command that teaches them to speech.
         */
        GazetteerState: {
            /** Names */
            names: number;
            /** Speech Graph */
            speech_graph: string;
            /** Tables */
            tables: components["schemas"]["GazetteerInfo"][];
        };
        /**
         * HandOverInfo
         * @description ``to_name`` is what people call the other party; ``mine`` whether the reader began it.
         */
        HandOverInfo: {
            /**
             * Call Id
             * Format: uuid
             */
            call_id: string;
            /** Ended At */
            ended_at: string | null;
            /** From Name */
            from_name: string;
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /** Joined At */
            joined_at: string | null;
            kind: components["schemas"]["HandOverKind"];
            /** Mine */
            mine: boolean;
            /**
             * Started At
             * Format: date-time
             */
            started_at: string;
            status: components["schemas"]["HandOverStatus"];
            /** To Name */
            to_name: string;
        };
        /**
         * HandOverKind
         * @description How a call goes to somebody else.
         * @enum {string}
         */
        HandOverKind: "blind" | "consult" | "conference";
        /**
         * HandOverMessage
         * @description To the seats that take part: a hand-over is new or has moved.
         */
        HandOverMessage: {
            hand_over: components["schemas"]["HandOverInfo"];
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "hand_over";
        };
        /**
         * HandOverOrder
         * @description To whom the order goes.
         */
        HandOverOrder: {
            /**
             * User Id
             * Format: uuid
             */
            user_id: string;
        };
        /** HandOverSeat */
        HandOverSeat: {
            /** Queue Codes */
            queue_codes: string[];
            /** Seat Code */
            seat_code: string;
            /** Seat Name */
            seat_name: string;
            status: components["schemas"]["AgentState"];
            /** User Name */
            user_name: string;
        };
        /**
         * HandOverStatus
         * @description 移交: somebody else brought into a call.
         * @enum {string}
         */
        HandOverStatus: "offered" | "joined" | "completed" | "kept";
        /**
         * HandOverTargets
         * @description Who a call may be handed to: queues with the number of ready seats, and signed-in seats.
         */
        HandOverTargets: {
            /** Ready By Queue */
            ready_by_queue: {
                [key: string]: number;
            };
            /** Seats */
            seats: components["schemas"]["HandOverSeat"][];
        };
        /**
         * HeadComparison
         * @description One head on the same texts: shares of the old and the new model with 95 % intervals, and
         *     their difference. ``gained`` and ``lost`` count texts.
         */
        HeadComparison: {
            /** Count */
            count: number;
            /** Difference */
            difference: number;
            /** Difference High */
            difference_high: number;
            /** Difference Low */
            difference_low: number;
            /** Gained */
            gained: number;
            /** Head */
            head: string;
            /** Lost */
            lost: number;
            /** New */
            new: number;
            /** New High */
            new_high: number;
            /** New Low */
            new_low: number;
            /** Old */
            old: number;
            /** Old High */
            old_high: number;
            /** Old Low */
            old_low: number;
        };
        /**
         * Health
         * @description For probes: ``ok`` while rows can be read, and which helpers work. Nothing personal.
         */
        Health: {
            /** Speech */
            speech: boolean;
            /**
             * Status
             * @enum {string}
             */
            status: "ok" | "degraded";
            /** Suggestion */
            suggestion: boolean;
            /** Telephony */
            telephony: boolean;
        };
        /**
         * Helpers
         * @description Which helpers work now; a seat works without them.
         */
        Helpers: {
            /** Speech */
            speech: boolean;
            /** Suggestion */
            suggestion: boolean;
            /** Telephony */
            telephony: boolean;
        };
        /** HelpersMessage */
        HelpersMessage: {
            helpers: components["schemas"]["Helpers"];
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "helpers";
        };
        /**
         * HitsInfo
         * @description Cases of a class or unit; ``right`` of ``count``, with the share's 95 % interval.
         */
        HitsInfo: {
            /** Count */
            count: number;
            /** High */
            high: number;
            /** Low */
            low: number;
            /** Name */
            name: string;
            /** Rerouted */
            rerouted: number;
            /** Returned */
            returned: number;
            /** Right */
            right: number;
            /** Share */
            share: number;
        };
        /** HotlineNumberInfo */
        HotlineNumberInfo: {
            /**
             * Name
             * @default
             */
            name: string;
            /** Number */
            number: string;
            /** Queue Code */
            queue_code: string;
        };
        /**
         * ItemInfo
         * @description An item with its deadlines in minutes (``on_site`` 0: nobody goes). ``learned``: the model
         *     in use may propose it.
         */
        ItemInfo: {
            /** Advise */
            advise: string[];
            /** Ask */
            ask: string[];
            /** Code */
            code: string;
            /** Emergency */
            emergency: boolean;
            /** Feedback */
            feedback: number;
            /** Group */
            group: string;
            /** Lead */
            lead: string;
            /** Learned */
            learned: boolean;
            /** Level */
            level: string;
            /** Name */
            name: string;
            /** On Site */
            on_site: number;
            /** Received */
            received: number;
            /** Support */
            support: string[];
        };
        /**
         * Judged
         * @description What of a suggestion people judged.
         * @enum {string}
         */
        Judged: "emergency" | "category" | "level" | "address" | "units";
        /**
         * KeyMessage
         * @description The caller pressed a key.
         */
        KeyMessage: {
            /**
             * Call Id
             * Format: uuid
             */
            call_id: string;
            /** Key */
            key: string;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "key";
        };
        /**
         * KnowledgeFound
         * @description ``good`` is false where no article fits well enough to be read out.
         */
        KnowledgeFound: {
            /** Good */
            good: boolean;
            /** Hits */
            hits: components["schemas"]["ArticleFound"][];
        };
        /**
         * Lamp
         * @description 信号灯 on the seat's page.
         * @enum {string}
         */
        Lamp: "red" | "blue" | "green";
        /**
         * LateDeadline
         * @description An order past a limit that is still waited for. ``step`` is how high it has got.
         */
        LateDeadline: {
            /** Address */
            address: string;
            /** Dispatch Order Id */
            dispatch_order_id: string | null;
            /**
             * Due At
             * Format: date-time
             */
            due_at: string;
            /** Emergency */
            emergency: boolean;
            kind: components["schemas"]["DeadlineKind"];
            /** Name */
            name: string;
            /** Number */
            number: string;
            step: components["schemas"]["NoticeStep"] | null;
            /** Step Name */
            step_name: string;
            /**
             * Timer Id
             * Format: uuid
             */
            timer_id: string;
            /** Unit Name */
            unit_name: string;
            /**
             * Work Order Id
             * Format: uuid
             */
            work_order_id: string;
        };
        /**
         * LateList
         * @description Orders past a limit, the oldest first (at most 100, ``late_count`` in all), and the newest
         *     escalations.
         */
        LateList: {
            /** Late */
            late: components["schemas"]["LateDeadline"][];
            /** Late Count */
            late_count: number;
            /** Notices */
            notices: components["schemas"]["NoticeInfo"][];
        };
        /**
         * LateMessage
         * @description To supervisors, at most once a second while something changes.
         */
        LateMessage: {
            overdue: components["schemas"]["LateList"];
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "late";
        };
        /**
         * LegRole
         * @description Whose voice a leg carries.
         * @enum {string}
         */
        LegRole: "caller" | "agent" | "consult" | "supervisor";
        /**
         * Matter
         * @description 紧急警情, 咨询, 便民服务, 部门事项, 投诉建议, 城市设施, 表扬.
         * @enum {string}
         */
        Matter: "emergency" | "question" | "service" | "authority" | "complaint" | "facility" | "praise";
        /**
         * Me
         * @description The signed-in person; ``csrf_token`` goes into the header ``X-CSRF-Token``.
         */
        Me: {
            /** Csrf Token */
            csrf_token: string;
            /** Display Name */
            display_name: string;
            role: components["schemas"]["Role"];
            /** Unit Id */
            unit_id: string | null;
            /** Unit Name */
            unit_name: string;
            /**
             * User Id
             * Format: uuid
             */
            user_id: string;
            /** Username */
            username: string;
        };
        /**
         * MergeOrder
         * @description ``into_id`` is the order that goes on; ``version`` is the one the seat saw.
         */
        MergeOrder: {
            /**
             * Into Id
             * Format: uuid
             */
            into_id: string;
            /** Version */
            version: number;
        };
        /**
         * MergedCaller
         * @description Somebody else who reported the same matter, with their own order.
         */
        MergedCaller: {
            /** Contact Name */
            contact_name: string;
            /** Contact Phone */
            contact_phone: string;
            /** Number */
            number: string;
            /**
             * Order Id
             * Format: uuid
             */
            order_id: string;
            /**
             * Reported At
             * Format: date-time
             */
            reported_at: string;
            /** Summary */
            summary: string;
        };
        /**
         * MergedInto
         * @description The order that this one was merged into.
         */
        MergedInto: {
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /** Number */
            number: string;
        };
        /**
         * MessageDirection
         * @description Which way a text message goes.
         * @enum {string}
         */
        MessageDirection: "out" | "in";
        /**
         * ModelFigures
         * @description Measured out of fold on the corpus; ``None`` where a model has no such figure.
         */
        ModelFigures: {
            /** Category Accuracy */
            category_accuracy: number | null;
            /** Emergency Not Told None */
            emergency_not_told_none: number | null;
            /** Emergency Precision */
            emergency_precision: number | null;
            /** Emergency Recall */
            emergency_recall: number | null;
            /** Lead Unit First */
            lead_unit_first: number | null;
            /** Level Right */
            level_right: number | null;
        };
        /**
         * ModelInfo
         * @description A version. ``offered``: it may go live; ``base``: trained from the corpus alone.
         */
        ModelInfo: {
            /** Base */
            base: boolean;
            /** Better */
            better: boolean;
            comparison: components["schemas"]["Comparison"] | null;
            /** Examples */
            examples: number;
            figures: components["schemas"]["ModelFigures"];
            /** Live */
            live: boolean;
            /** Made At */
            made_at: string | null;
            misheard: components["schemas"]["ModelFigures"];
            /** Name */
            name: string;
            /** Offered */
            offered: boolean;
            /** Was Live */
            was_live: boolean;
        };
        /**
         * ModelsInfo
         * @description ``done`` is the share of the training under way, ``None`` for none. ``calls`` are judged
         *     calls, of which ``held_out`` measure; ``judgements`` single values of them.
         */
        ModelsInfo: {
            /** Calls */
            calls: number;
            /** Done */
            done: number | null;
            /** Held Out */
            held_out: number;
            /** Judgements */
            judgements: number;
            /** Models */
            models: components["schemas"]["ModelInfo"][];
            /** Runs */
            runs: components["schemas"]["TrainingInfo"][];
            /** Version */
            version: string;
            /** Words Kept Days */
            words_kept_days: number;
        };
        /**
         * MoveCall
         * @description Into ``queue_code`` (its own to raise it there) with ``priority``, higher first.
         */
        MoveCall: {
            /** Priority */
            priority: number;
            /** Queue Code */
            queue_code: string;
            /** Reason */
            reason: string;
        };
        /**
         * MoveForce
         * @description A status to bring it to, a position, or both.
         */
        MoveForce: {
            /** Lat */
            lat?: number | null;
            /** Lon */
            lon?: number | null;
            /** Status */
            status?: ("ready" | "out" | "off") | null;
        };
        /**
         * NameKind
         * @description How many names of a kind (``小区``) a table holds, with some of them.
         */
        NameKind: {
            /** Count */
            count: number;
            /** Examples */
            examples: string[];
            /** Kind */
            kind: string;
        };
        /** NoteGap */
        NoteGap: {
            /** Call Id */
            call_id?: string | null;
            /** Text */
            text: string;
        };
        /**
         * NoticeInfo
         * @description A reminder or escalation that was made; ``seen_by`` is empty where a key was pressed.
         */
        NoticeInfo: {
            /**
             * At
             * Format: date-time
             */
            at: string;
            /**
             * Due At
             * Format: date-time
             */
            due_at: string;
            /**
             * Id
             * Format: uuid
             */
            id: string;
            kind: components["schemas"]["DeadlineKind"];
            /** Name */
            name: string;
            /** Number */
            number: string;
            /** Seen At */
            seen_at: string | null;
            /** Seen By */
            seen_by: string;
            step: components["schemas"]["NoticeStep"];
            /** Step Name */
            step_name: string;
            /** Unit Name */
            unit_name: string;
            /**
             * Work Order Id
             * Format: uuid
             */
            work_order_id: string;
        };
        /**
         * NoticeStep
         * @description Whom a deadline speaks to: a reminder before it, then ever higher after it.
         * @enum {string}
         */
        NoticeStep: "remind" | "duty_phone" | "leader" | "supervisor" | "higher_centre";
        /** OfferOrder */
        OfferOrder: {
            /** Version */
            version: number;
        };
        /**
         * OrderInfo
         * @description ``callers`` are those whose orders were merged into this one. ``check`` is who has to look
         *     at the result before the order is closed, ``checked_how`` who did, ``review`` what the citizen
         *     said of it (satisfied, unsatisfied, no_answer).
         */
        OrderInfo: {
            /** Answer */
            answer: string;
            /** Call Id */
            call_id: string | null;
            /** Callers */
            callers: components["schemas"]["MergedCaller"][];
            /** Centre Code */
            centre_code: string;
            check: components["schemas"]["Check"];
            /** Checked How */
            checked_how: string;
            /** Closed At */
            closed_at: string | null;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Dispatch Orders */
            dispatch_orders: components["schemas"]["DispatchInfo"][];
            /** Field States */
            field_states: {
                [key: string]: components["schemas"]["FieldStateInfo"];
            };
            fields: components["schemas"]["FormFields"];
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /** Incident Number */
            incident_number: string;
            matter: components["schemas"]["Matter"];
            /** Matter Name */
            matter_name: string;
            merged_into: components["schemas"]["MergedInto"] | null;
            /** Number */
            number: string;
            /** Owner Id */
            owner_id: string | null;
            /** Owner Name */
            owner_name: string;
            /** Queue Code */
            queue_code: string;
            /** Review */
            review: string;
            /** Sent At */
            sent_at: string | null;
            status: components["schemas"]["WorkOrderStatus"];
            /** Suspended At */
            suspended_at: string | null;
            /** Version */
            version: number;
        };
        /**
         * OrderLevels
         * @description Whose an order is: ``commanding`` centre and whether it is the asker's ``own`` (``mine``),
         *     the centres it can be passed to, and the people of the commanding centre.
         */
        OrderLevels: {
            /** Colleagues */
            colleagues: components["schemas"]["Colleague"][];
            commanding: components["schemas"]["CentreName"];
            /** Lower */
            lower: components["schemas"]["CentreName"][];
            /** May Report */
            may_report: boolean;
            /** May Take Back */
            may_take_back: boolean;
            /** Mine */
            mine: boolean;
            own: components["schemas"]["CentreName"];
            /** Shares */
            shares: components["schemas"]["ShareInfo"][];
        };
        /**
         * OrderLine
         * @description An order in a list.
         */
        OrderLine: {
            /** Address */
            address: string;
            /** Category Name */
            category_name: string;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Emergency */
            emergency: boolean | null;
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /** Lamps */
            lamps: components["schemas"]["Lamp"][];
            /** Number */
            number: string;
            /** Queue Code */
            queue_code: string;
            status: components["schemas"]["WorkOrderStatus"];
        };
        /** OrderMessage */
        OrderMessage: {
            order: components["schemas"]["OrderInfo"];
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "order";
        };
        /**
         * OrderWatch
         * @description Deadlines and deliveries of a work order; ``closed`` is the limit of the whole.
         */
        OrderWatch: {
            closed: components["schemas"]["DeadlineInfo"] | null;
            /** Units */
            units: components["schemas"]["UnitWatch"][];
            /**
             * Work Order Id
             * Format: uuid
             */
            work_order_id: string;
        };
        /**
         * OrderWatchMessage
         * @description To pages that show the order: a deadline or a delivery has changed.
         */
        OrderWatchMessage: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "order_watch";
            watch: components["schemas"]["OrderWatch"];
        };
        /**
         * PartialInfo
         * @description A segment still being spoken.
         */
        PartialInfo: {
            /**
             * Call Id
             * Format: uuid
             */
            call_id: string;
            role: components["schemas"]["LegRole"];
            /** Sequence */
            sequence: number;
            /**
             * Stream Id
             * Format: uuid
             */
            stream_id: string;
            /** Text */
            text: string;
        };
        /** PartialMessage */
        PartialMessage: {
            partial: components["schemas"]["PartialInfo"];
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "partial";
        };
        /**
         * PassOrder
         * @description ``centre_code`` is empty for the highest centre.
         */
        PassOrder: {
            /** Centre Code */
            centre_code: string;
            /** Reason */
            reason: string;
        };
        /** PlaceCall */
        PlaceCall: {
            /** Number */
            number: string;
        };
        /**
         * PreviousCall
         * @description An earlier call of the same number, with the order it led to, if any.
         */
        PreviousCall: {
            /** Address */
            address: string;
            /**
             * Call Id
             * Format: uuid
             */
            call_id: string;
            /** Category Name */
            category_name: string;
            /** Order Id */
            order_id: string | null;
            /** Order Number */
            order_number: string;
            /** Order Status */
            order_status: string;
            /** Queue Code */
            queue_code: string;
            /**
             * Received At
             * Format: date-time
             */
            received_at: string;
            status: components["schemas"]["CallStatus"];
        };
        /**
         * Problem
         * @description Every error answer: a stable code and a sentence for the user.
         */
        Problem: {
            /** Code */
            code: string;
            /** Message */
            message: string;
        };
        /**
         * Proposals
         * @description Who should go; ``missing`` are sentences about kinds that nobody covers.
         */
        Proposals: {
            /** Missing */
            missing: string[];
            /** Units */
            units: components["schemas"]["ProposedUnit"][];
        };
        /**
         * ProposedUnit
         * @description A unit that should go (``chosen``) or could go instead, and why.
         */
        ProposedUnit: {
            /** Chosen */
            chosen: boolean;
            /** Part */
            part: string;
            /** Reasons */
            reasons: string[];
            /**
             * Unit Id
             * Format: uuid
             */
            unit_id: string;
            /** Unit Kind */
            unit_kind: string;
            /** Unit Name */
            unit_name: string;
        };
        /**
         * PulseMessage
         * @description Sent every few seconds; a page that hears nothing for 30 seconds connects again.
         */
        PulseMessage: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "pulse";
        };
        /**
         * Purpose
         * @description What a delivery says.
         * @enum {string}
         */
        Purpose: "order" | "reminder" | "escalation" | "settled";
        /** PutCalendarDay */
        PutCalendarDay: {
            kind: components["schemas"]["DayKind"];
            /**
             * Name
             * @default
             */
            name: string;
        };
        /**
         * PutItem
         * @description An item as it should be; ``number`` is the version the supervisor saw. ``group`` and
         *     ``emergency`` count only for a new one.
         */
        PutItem: {
            /** Advise */
            advise: string[];
            /** Ask */
            ask: string[];
            /** Emergency */
            emergency: boolean;
            /** Feedback */
            feedback: number;
            /** Group */
            group: string;
            /** Lead */
            lead: string;
            /** Level */
            level: string;
            /** Name */
            name: string;
            /** Number */
            number: number;
            /** On Site */
            on_site: number;
            /** Received */
            received: number;
            /** Support */
            support: string[];
        };
        /** PutNumber */
        PutNumber: {
            /**
             * Name
             * @default
             */
            name: string;
            /** Queue Code */
            queue_code: string;
        };
        /**
         * QualityInfo
         * @description The report. ``sent`` counts orders sent, ``first`` those decided.
         */
        QualityInfo: {
            /** Classes */
            classes: components["schemas"]["HitsInfo"][];
            /** Fields */
            fields: components["schemas"]["FieldQuality"][];
            first: components["schemas"]["HitsInfo"];
            /** Gaps */
            gaps: components["schemas"]["TaxonomyGap"][];
            /** Model Version */
            model_version: string;
            /** Sent */
            sent: number;
            /**
             * Since
             * Format: date-time
             */
            since: string;
            /** Suggested */
            suggested: components["schemas"]["HitsInfo"][];
            /** Units */
            units: components["schemas"]["HitsInfo"][];
            /**
             * Until
             * Format: date-time
             */
            until: string;
            /** Weeks */
            weeks: components["schemas"]["WeekInfo"][];
        };
        /**
         * QueueFloor
         * @description A queue as it is. ``seats`` counts its signed-in seats by state; times are seconds,
         *     ``None`` where nothing was measured since midnight.
         */
        QueueFloor: {
            /** Abandoned */
            abandoned: number;
            /** Abandoned Short */
            abandoned_short: number;
            /** Answered */
            answered: number;
            /** Average Answer Seconds */
            average_answer_seconds: number | null;
            /** Code */
            code: string;
            /** Emergency */
            emergency: boolean;
            /** Name */
            name: string;
            /** Offered */
            offered: number;
            /** Seats */
            seats: {
                [key: string]: number;
            };
            /** Service Level */
            service_level: number | null;
            /** Waiting */
            waiting: components["schemas"]["WaitingCall"][];
        };
        /** QueueInfo */
        QueueInfo: {
            /** Code */
            code: string;
            /** Emergency */
            emergency: boolean;
            /** Name */
            name: string;
        };
        /**
         * QueueStatistics
         * @description See ``docs/telephony.md`` for the definitions. Times are seconds.
         */
        QueueStatistics: {
            /** Abandoned */
            abandoned: number;
            /** Abandoned Short */
            abandoned_short: number;
            /** Abandonment */
            abandonment: number | null;
            /** Abandonment With Short */
            abandonment_with_short: number | null;
            /** Answered */
            answered: number;
            /** Answered In Goal */
            answered_in_goal: number;
            /** Average Answer Seconds */
            average_answer_seconds: number | null;
            /** Average Handle Seconds */
            average_handle_seconds: number | null;
            /** Longest Wait Seconds */
            longest_wait_seconds: number | null;
            /** Offered */
            offered: number;
            /** Queue Code */
            queue_code: string;
            /** Service Level */
            service_level: number | null;
        };
        /** QuotePrice */
        QuotePrice: {
            /** Note */
            note: string;
        };
        /** RateDispatch */
        RateDispatch: {
            /** Stars */
            stars: number;
        };
        /** RecallDispatch */
        RecallDispatch: {
            /** Reason */
            reason: string;
        };
        /**
         * RecordedCall
         * @description A call of the archive. ``playable`` whether its recording is kept.
         */
        RecordedCall: {
            /** Answered At */
            answered_at: string | null;
            /**
             * Call Id
             * Format: uuid
             */
            call_id: string;
            /** Dialled */
            dialled: string;
            direction: components["schemas"]["Direction"];
            /** Duration Ms */
            duration_ms: number | null;
            /** Ended At */
            ended_at: string | null;
            /** Number */
            number: string;
            /** Order Number */
            order_number: string;
            /** Playable */
            playable: boolean;
            /** Queue Code */
            queue_code: string;
            /** Rating */
            rating: number | null;
            /**
             * Received At
             * Format: date-time
             */
            received_at: string;
            /** Seat Name */
            seat_name: string;
            /** Sha256 */
            sha256: string;
            status: components["schemas"]["CallStatus"];
            /** User Name */
            user_name: string;
        };
        /**
         * RecordedCalls
         * @description One page, newest first; ``more`` whether there are further ones.
         */
        RecordedCalls: {
            /** Calls */
            calls: components["schemas"]["RecordedCall"][];
            /** More */
            more: boolean;
        };
        /**
         * RecordingCheck
         * @description ``unchanged`` whether the file still has the hash it was stored with.
         */
        RecordingCheck: {
            /**
             * Call Id
             * Format: uuid
             */
            call_id: string;
            /**
             * Checked At
             * Format: date-time
             */
            checked_at: string;
            /** Unchanged */
            unchanged: boolean;
        };
        /** RedoDispatch */
        RedoDispatch: {
            /** Reason */
            reason: string;
        };
        /** RejectDispatch */
        RejectDispatch: {
            /** Reason */
            reason: string;
        };
        /** ReopenOrder */
        ReopenOrder: {
            /** Reason */
            reason: string;
            /** Version */
            version: number;
        };
        /** ReportOrder */
        ReportOrder: {
            /** Note */
            note: string;
        };
        /**
         * RerouteDispatch
         * @description Another unit instead; ``even_off_duty`` also when nobody is on duty there.
         */
        RerouteDispatch: {
            /**
             * Even Off Duty
             * @default false
             */
            even_off_duty: boolean;
            /** Reason */
            reason: string;
            /**
             * Unit Id
             * Format: uuid
             */
            unit_id: string;
        };
        /** ResumeOrder */
        ResumeOrder: {
            /** Version */
            version: number;
        };
        /**
         * ResyncMessage
         * @description The page fell behind and must fetch everything again.
         */
        ResyncMessage: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "resync";
        };
        /**
         * Role
         * @description What a person is in the centre.
         * @enum {string}
         */
        Role: "seat" | "supervisor" | "unit" | "administrator";
        /**
         * RollBackTaxonomy
         * @description ``to`` is the version to put in force again, 0 the project's own.
         */
        RollBackTaxonomy: {
            /** Number */
            number: number;
            /** To */
            to: number;
        };
        /**
         * SameOffer
         * @description An open order that may be about the same matter, with the reasons as sentences.
         */
        SameOffer: {
            /** Address */
            address: string;
            /** Callers */
            callers: number;
            /** Category Name */
            category_name: string;
            /** Emergency */
            emergency: boolean | null;
            /** Number */
            number: string;
            /**
             * Order Id
             * Format: uuid
             */
            order_id: string;
            /** Owner Name */
            owner_name: string;
            /** P */
            p: number;
            /** Reasons */
            reasons: string[];
            /**
             * Reported At
             * Format: date-time
             */
            reported_at: string;
            status: components["schemas"]["WorkOrderStatus"];
            /** Summary */
            summary: string;
        };
        /**
         * SearchKnowledge
         * @description What somebody typed, or the caller's own words; of a longer text the end is read.
         */
        SearchKnowledge: {
            /**
             * Limit
             * @default 5
             */
            limit: number;
            /** Text */
            text: string;
        };
        /**
         * SeatFloor
         * @description A seat; without ``session_id`` nobody sits there. ``supervised_by`` names a supervisor
         *     who listens or talks along.
         */
        SeatFloor: {
            /** Call Id */
            call_id: string | null;
            /** Caller Number */
            caller_number: string;
            device: components["schemas"]["Device"] | null;
            /** Held */
            held: boolean;
            /** Pause Reason */
            pause_reason: string;
            /** Queue Codes */
            queue_codes: string[];
            /** Seat Code */
            seat_code: string;
            /** Seat Name */
            seat_name: string;
            /** Session Id */
            session_id: string | null;
            /** Since */
            since: string | null;
            status: components["schemas"]["AgentState"];
            /** Supervised By */
            supervised_by: string;
            /** User Name */
            user_name: string;
        };
        /** SeatInfo */
        SeatInfo: {
            /** Code */
            code: string;
            /** Name */
            name: string;
            /** Occupied By */
            occupied_by: string;
            /** Queue Codes */
            queue_codes: string[];
        };
        /** SendOrder */
        SendOrder: {
            /**
             * Even Off Duty
             * @default false
             */
            even_off_duty: boolean;
            /** Unit Ids */
            unit_ids: string[];
            /** Version */
            version: number;
        };
        /**
         * SendText
         * @description To the caller of ``call_id``, or to ``number``.
         */
        SendText: {
            /** Call Id */
            call_id?: string | null;
            /** Number */
            number?: string | null;
            /** Text */
            text: string;
        };
        /** SetAgentState */
        SetAgentState: {
            /**
             * Reason
             * @default
             */
            reason: string;
            /**
             * State
             * @enum {string}
             */
            state: "ready" | "paused";
        };
        /**
         * SetDial
         * @description Basis ``model``: the model's own threshold, without a rate.
         */
        SetDial: {
            /**
             * Basis
             * @enum {string}
             */
            basis: "corpus" | "calls" | "model";
            /** False Alarms */
            false_alarms?: number | null;
        };
        /**
         * ShareInfo
         * @description A centre that follows an order which another commands.
         */
        ShareInfo: {
            /**
             * At
             * Format: date-time
             */
            at: string;
            centre: components["schemas"]["CentreName"];
            kind: components["schemas"]["ShareKind"];
            /** Note */
            note: string;
        };
        /**
         * ShareKind
         * @description Why a centre sees an order that another one commands.
         * @enum {string}
         */
        ShareKind: "passed" | "reported";
        /**
         * ShiftInfo
         * @description Who is on duty at a unit from when until when.
         */
        ShiftInfo: {
            /**
             * Ends At
             * Format: date-time
             */
            ends_at: string;
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /** Person Name */
            person_name: string;
            /** Phone */
            phone: string;
            /**
             * Starts At
             * Format: date-time
             */
            starts_at: string;
        };
        /**
         * ShownOrders
         * @description Orders that a unit's page has shown.
         */
        ShownOrders: {
            /** Dispatch Order Ids */
            dispatch_order_ids: string[];
        };
        /** SignIn */
        SignIn: {
            /** Password */
            password: string;
            /** Username */
            username: string;
        };
        /**
         * SipAccount
         * @description What the browser softphone registers with; only ever sent to the agent at that seat.
         */
        SipAccount: {
            /** Password */
            password: string;
            /** Uri */
            uri: string;
            /** Username */
            username: string;
            /** Websocket Path */
            websocket_path: string;
        };
        /** SlotInfo */
        SlotInfo: {
            /** P */
            p: number;
            /**
             * Read Back
             * @default
             */
            read_back: string;
            /** Source */
            source: string;
            /** Value */
            value: unknown;
        };
        /** SlotsInfo */
        SlotsInfo: {
            /** @default null */
            address: components["schemas"]["AddressInfo"] | null;
            /** @default null */
            chemicals: components["schemas"]["SlotInfo"] | null;
            /** @default null */
            children: components["schemas"]["SlotInfo"] | null;
            /** @default null */
            elderly: components["schemas"]["SlotInfo"] | null;
            /** @default null */
            electricity: components["schemas"]["SlotInfo"] | null;
            /** @default null */
            fire: components["schemas"]["SlotInfo"] | null;
            /** @default null */
            gas: components["schemas"]["SlotInfo"] | null;
            /** @default null */
            injured: components["schemas"]["SlotInfo"] | null;
            /** @default null */
            missing: components["schemas"]["SlotInfo"] | null;
            /** @default null */
            name: components["schemas"]["SlotInfo"] | null;
            /** @default null */
            phone: components["schemas"]["SlotInfo"] | null;
            /** @default null */
            plates: components["schemas"]["SlotInfo"] | null;
            /** @default null */
            pregnant: components["schemas"]["SlotInfo"] | null;
            /** @default null */
            sums: components["schemas"]["SlotInfo"] | null;
            /** @default null */
            times: components["schemas"]["SlotInfo"] | null;
            /** @default null */
            trapped: components["schemas"]["SlotInfo"] | null;
            /** @default null */
            water_level: components["schemas"]["SlotInfo"] | null;
            /** @default null */
            weapons: components["schemas"]["SlotInfo"] | null;
        };
        SocketMessage: components["schemas"]["HelpersMessage"] | components["schemas"]["AgentMessage"] | components["schemas"]["WorkspaceMessage"] | components["schemas"]["CallMessage"] | components["schemas"]["PartialMessage"] | components["schemas"]["UtteranceMessage"] | components["schemas"]["SuggestionMessage"] | components["schemas"]["OrderMessage"] | components["schemas"]["UnitOrderMessage"] | components["schemas"]["KeyMessage"] | components["schemas"]["HandOverMessage"] | components["schemas"]["CallBackMessage"] | components["schemas"]["FloorMessage"] | components["schemas"]["SupervisionMessage"] | components["schemas"]["OrderWatchMessage"] | components["schemas"]["LateMessage"] | components["schemas"]["PulseMessage"] | components["schemas"]["ResyncMessage"];
        /**
         * SpeechState
         * @description Whether a call's words are being written down.
         * @enum {string}
         */
        SpeechState: "off" | "live" | "unavailable";
        /** Statistics */
        Statistics: {
            /** Agents */
            agents: components["schemas"]["AgentStatistics"][];
            /** Queues */
            queues: components["schemas"]["QueueStatistics"][];
            /**
             * Since
             * Format: date-time
             */
            since: string;
            /**
             * Until
             * Format: date-time
             */
            until: string;
        };
        /**
         * StepInfo
         * @description Something that happened to an order or at one of its units (``unit_name``).
         */
        StepInfo: {
            /**
             * At
             * Format: date-time
             */
            at: string;
            /** Reason */
            reason: string;
            /** Unit Name */
            unit_name: string;
            /** What */
            what: string;
            /** Who */
            who: string;
        };
        /** SuggestionInfo */
        SuggestionInfo: {
            /** Abstain */
            abstain: boolean;
            /** Alternatives */
            alternatives: components["schemas"]["ChoiceInfo"][];
            category: components["schemas"]["ChoiceInfo"] | null;
            emergency: components["schemas"]["EmergencyInfo"];
            /** Level */
            level: string;
            /** Model Version */
            model_version: string;
            /** Reasons */
            reasons: string[];
            slots: components["schemas"]["SlotsInfo"];
            /**
             * Sure
             * @default false
             */
            sure: boolean;
            /** Units */
            units: components["schemas"]["ChoiceInfo"][];
        };
        /** SuggestionMessage */
        SuggestionMessage: {
            /**
             * Call Id
             * Format: uuid
             */
            call_id: string;
            suggestion: components["schemas"]["SuggestionInfo"];
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "suggestion";
        };
        /**
         * Supervise
         * @description Be beside the seat of ``session_id``.
         */
        Supervise: {
            /**
             * Mode
             * @enum {string}
             */
            mode: "listen" | "whisper" | "barge";
            /**
             * Session Id
             * Format: uuid
             */
            session_id: string;
        };
        /** SuperviseMode */
        SuperviseMode: {
            /**
             * Mode
             * @enum {string}
             */
            mode: "listen" | "whisper" | "barge";
        };
        /**
         * SupervisionInfo
         * @description Beside whom a supervisor is; not ``connected`` while the own device still rings.
         */
        SupervisionInfo: {
            /**
             * Call Id
             * Format: uuid
             */
            call_id: string;
            /** Connected */
            connected: boolean;
            /**
             * Mode
             * @enum {string}
             */
            mode: "listen" | "whisper" | "barge";
            /** Seat Name */
            seat_name: string;
            /**
             * Session Id
             * Format: uuid
             */
            session_id: string;
            /**
             * Since
             * Format: date-time
             */
            since: string;
        };
        /**
         * SupervisionMessage
         * @description To the supervisor: beside whom, or nobody.
         */
        SupervisionMessage: {
            supervision: components["schemas"]["SupervisionInfo"] | null;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "supervision";
        };
        /** SuspendOrder */
        SuspendOrder: {
            /** Reason */
            reason: string;
            /** Version */
            version: number;
        };
        /**
         * SystemOrders
         * @description The unit's newest orders.
         */
        SystemOrders: {
            /** Orders */
            orders: components["schemas"]["UnitOrder"][];
        };
        /** TakeSeat */
        TakeSeat: {
            device: components["schemas"]["Device"];
            /** Seat Code */
            seat_code: string;
        };
        /**
         * TaxonomyChange
         * @description One edit. ``before`` and ``after`` are the item's members, empty for none.
         */
        TaxonomyChange: {
            /** Action */
            action: string;
            /** After */
            after: {
                [key: string]: unknown;
            };
            /**
             * At
             * Format: date-time
             */
            at: string;
            /** Before */
            before: {
                [key: string]: unknown;
            };
            /** By */
            by: string;
            /** Code */
            code: string;
            /** Number */
            number: number;
        };
        /**
         * TaxonomyGap
         * @description Calls that share words and fit nowhere.
         */
        TaxonomyGap: {
            /** Calls */
            calls: number;
            /** Ended In */
            ended_in: components["schemas"]["EndedIn"][];
            /** Unsure */
            unsure: number;
            /** Words */
            words: string[];
        };
        /**
         * TaxonomyInfo
         * @description The taxonomy in force. ``number`` is 0 for the project's own, else its newest edit.
         */
        TaxonomyInfo: {
            /** History */
            history: components["schemas"]["TaxonomyChange"][];
            /** Items */
            items: components["schemas"]["ItemInfo"][];
            /** Levels */
            levels: string[];
            /** Number */
            number: number;
            /** Unit Kinds */
            unit_kinds: string[];
            /** Version */
            version: string;
        };
        /** TextMessageInfo */
        TextMessageInfo: {
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            direction: components["schemas"]["MessageDirection"];
            /** Error */
            error: string;
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /** Number */
            number: string;
            status: components["schemas"]["TextMessageStatus"];
            /** Text */
            text: string;
        };
        /**
         * TextMessageStatus
         * @description 短信: a text message's way.
         * @enum {string}
         */
        TextMessageStatus: "queued" | "sent" | "delivered" | "failed" | "received";
        /**
         * TrainingInfo
         * @description A training run; ``message`` says why it made no model.
         */
        TrainingInfo: {
            /** By */
            by: string;
            /** Ended At */
            ended_at: string | null;
            /** Examples */
            examples: number;
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /** Message */
            message: string;
            /**
             * Started At
             * Format: date-time
             */
            started_at: string;
            status: components["schemas"]["TrainingStatus"];
            /** Version */
            version: string;
        };
        /**
         * TrainingStatus
         * @description 训练: one attempt to make a better model.
         * @enum {string}
         */
        TrainingStatus: "running" | "done" | "failed" | "cancelled";
        /**
         * UnitDeadline
         * @description For a unit's page: the deadline of one of its orders that runs out first.
         */
        UnitDeadline: {
            deadline: components["schemas"]["DeadlineInfo"];
            /**
             * Dispatch Order Id
             * Format: uuid
             */
            dispatch_order_id: string;
        };
        /**
         * UnitForm
         * @description What a unit is: an authority or company, a township, an enrolled firm of 96345.
         * @enum {string}
         */
        UnitForm: "authority" | "township" | "firm";
        /** UnitInfo */
        UnitInfo: {
            /** Area */
            area: string;
            /** Code */
            code: string;
            /** Duty Phone */
            duty_phone: string;
            form: components["schemas"]["UnitForm"];
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /** Kind */
            kind: string;
            /** Name */
            name: string;
            /** Tier */
            tier: number;
        };
        /**
         * UnitOrder
         * @description A dispatch order as its unit sees it. ``more_callers`` have reported the same since.
         */
        UnitOrder: {
            /** Address */
            address: string;
            /** Category Name */
            category_name: string;
            /** Contact Name */
            contact_name: string;
            /** Contact Phone */
            contact_phone: string;
            /** Emergency */
            emergency: boolean | null;
            /** Fed Back At */
            fed_back_at: string | null;
            /** Feedback */
            feedback: string;
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /** Injured */
            injured: number | null;
            lamp: components["schemas"]["Lamp"] | null;
            /** Level */
            level: string;
            /** Matter Name */
            matter_name: string;
            /** More Callers */
            more_callers: number;
            /** Number */
            number: string;
            /** Offer */
            offer: boolean;
            /** Price Note */
            price_note: string;
            /** Recall Reason */
            recall_reason: string;
            /** Received At */
            received_at: string | null;
            /** Reject Reason */
            reject_reason: string;
            /** Sent At */
            sent_at: string | null;
            status: components["schemas"]["DispatchStatus"];
            /** Summary */
            summary: string;
            /** Trapped */
            trapped: number | null;
        };
        /**
         * UnitOrderMessage
         * @description To a unit's page: an order is new or has changed.
         */
        UnitOrderMessage: {
            order: components["schemas"]["UnitOrder"];
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "unit_order";
        };
        /**
         * UnitToken
         * @description A unit's new token: shown once, kept only as its hash.
         */
        UnitToken: {
            /** Token */
            token: string;
        };
        /**
         * UnitWatch
         * @description What is watched of an order at one unit. ``deadline`` is the one that runs out first.
         */
        UnitWatch: {
            deadline: components["schemas"]["DeadlineInfo"] | null;
            /** Deadlines */
            deadlines: components["schemas"]["DeadlineInfo"][];
            /** Deliveries */
            deliveries: components["schemas"]["DeliveryInfo"][];
            /**
             * Dispatch Order Id
             * Format: uuid
             */
            dispatch_order_id: string;
        };
        /** UseModel */
        UseModel: {
            /** Name */
            name: string;
        };
        /**
         * UtteranceInfo
         * @description ``heard_text`` is what the machine wrote where a person has corrected ``text``; ``source``
         *     says whether it was written down while it was spoken or from the recording.
         */
        UtteranceInfo: {
            /**
             * At
             * Format: date-time
             */
            at: string;
            /** Call Ms */
            call_ms: number | null;
            /** Changes */
            changes: components["schemas"]["ChangeInfo"][];
            /** Confidence */
            confidence: number;
            /** End Ms */
            end_ms: number;
            /** Engine */
            engine: string;
            /** Heard Text */
            heard_text: string | null;
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /** Raw Text */
            raw_text: string;
            role: components["schemas"]["LegRole"];
            /** Sequence */
            sequence: number;
            source: components["schemas"]["UtteranceSource"];
            /** Start Ms */
            start_ms: number;
            /**
             * Stream Id
             * Format: uuid
             */
            stream_id: string;
            /** Text */
            text: string;
            /** Words */
            words: components["schemas"]["Word"][];
        };
        /**
         * UtteranceMessage
         * @description A finished segment; replaces the partial of the same stream and sequence.
         */
        UtteranceMessage: {
            /**
             * Call Id
             * Format: uuid
             */
            call_id: string;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "utterance";
            utterance: components["schemas"]["UtteranceInfo"];
        };
        /**
         * UtteranceSource
         * @description When an utterance was written down.
         * @enum {string}
         */
        UtteranceSource: "live" | "recording";
        /** WaitingCall */
        WaitingCall: {
            /**
             * Call Id
             * Format: uuid
             */
            call_id: string;
            /** Category Name */
            category_name: string;
            /** Emergency */
            emergency: boolean;
            /** Lift Reason */
            lift_reason: string;
            /** Number */
            number: string;
            /** Position */
            position: number;
            /** Priority */
            priority: number;
            /**
             * Since
             * Format: date-time
             */
            since: string;
        };
        /**
         * WeekInfo
         * @description A week from its Monday; shares are ``None`` where nothing was measured.
         */
        WeekInfo: {
            /** Calls */
            calls: number;
            /**
             * Monday
             * Format: date
             */
            monday: string;
            /** Psi Before */
            psi_before: number | null;
            /** Psi Training */
            psi_training: number | null;
            /** Unknown */
            unknown: number | null;
            /** Unsure */
            unsure: number | null;
        };
        /**
         * Word
         * @description A word with its time in the stream's audio, in milliseconds.
         */
        Word: {
            /** Confidence */
            confidence: number;
            /** End Ms */
            end_ms: number;
            /** Start Ms */
            start_ms: number;
            /** Text */
            text: string;
        };
        /**
         * WorkOrderStatus
         * @description 工单: the tracked ticket of an incident.
         * @enum {string}
         */
        WorkOrderStatus: "draft" | "dispatched" | "awaiting_check" | "closed" | "cancelled" | "suspended" | "merged";
        /**
         * Workspace
         * @description One call with its transcript, suggestion and order: what the seat's page shows.
         *
         *     ``partials`` are the segments still being spoken.
         */
        Workspace: {
            call: components["schemas"]["CallInfo"] | null;
            order: components["schemas"]["OrderInfo"] | null;
            /** Partials */
            partials: components["schemas"]["PartialInfo"][];
            suggestion: components["schemas"]["SuggestionInfo"] | null;
            /** Utterances */
            utterances: components["schemas"]["UtteranceInfo"][];
        };
        /**
         * WorkspaceMessage
         * @description The seat's current call changed as a whole: it rings, was answered, is over, or is gone.
         */
        WorkspaceMessage: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "workspace";
            workspace: components["schemas"]["Workspace"] | null;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    take_seat: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TakeSeat"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentSessionInfo"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    leave_seat: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    set_state: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SetAgentState"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentSessionInfo"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    force_pause: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                session_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ForcePause"];
            };
        };
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    force_ready: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                session_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    force_sign_out: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                session_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    audits: {
        parameters: {
            query?: {
                subject?: string;
                subject_id?: string;
                page?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditEntry"][];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    calendar_days: {
        parameters: {
            query: {
                year: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CalendarDayInfo"][];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    put_calendar_day: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                day: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PutCalendarDay"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CalendarDayInfo"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    remove_calendar_day: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                day: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    call_backs: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallBackInfo"][];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    call_back: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                call_back_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallBackInfo"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    close_call_back: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                call_back_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CloseCallBack"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallBackInfo"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    remove_caller_mark: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                mark_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    place_call: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PlaceCall"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallInfo"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    call: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                call_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Workspace"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    ask_key: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                call_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    caller: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                call_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallerHistory"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    add_caller_mark: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                call_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AddCallerMark"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallerHistory"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    begin_hand_over: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                call_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AskHandOver"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HandOverInfo"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    hang_up: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                call_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    move_call: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                call_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MoveCall"];
            };
        };
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    play: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                call_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "audio/flac": unknown;
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    verify: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                call_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RecordingCheck"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    take_call: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                call_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    texts_of_call: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                call_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TextMessageInfo"][];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    centre: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Centre"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    late_deadlines: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LateList"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    whole_desk: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Desk"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    dial: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DialInfo"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    set_dial: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SetDial"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DialInfo"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    roll_back_dial: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DialInfo"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    floor: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Floor"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    gazetteer: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GazetteerState"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    upload_gazetteer: {
        parameters: {
            query: {
                name: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "text/csv": string;
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GazetteerPreview"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    apply_gazetteer: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                table_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GazetteerState"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    hand_overs: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HandOverInfo"][];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    hand_over_targets: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HandOverTargets"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    complete_hand_over: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                hand_over_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HandOverInfo"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    join_hand_over: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                hand_over_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HandOverInfo"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    keep_hand_over: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                hand_over_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HandOverInfo"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    health: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    articles: {
        parameters: {
            query?: {
                words?: string;
                state?: "all" | "valid" | "later" | "expired" | "retired";
                page?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ArticlePage"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    add_article: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ArticleText"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ArticleInfo"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    edit_article: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                article_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EditArticle"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ArticleInfo"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    article_changes: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                article_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ArticleChange"][];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    restore_article: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                article_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ArticleVersion"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ArticleInfo"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    retire_article: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                article_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ArticleVersion"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ArticleInfo"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    gaps: {
        parameters: {
            query?: {
                state?: components["schemas"]["GapStatus"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GapInfo"][];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    note_gap: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NoteGap"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GapInfo"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    dismiss_gap: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                gap_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DismissGap"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GapInfo"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    search_knowledge: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SearchKnowledge"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KnowledgeFound"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    models: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelsInfo"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    roll_back_model: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelsInfo"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    use_model: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UseModel"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelsInfo"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    see_notice: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                notice_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    numbers: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HotlineNumberInfo"][];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    put_number: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                number: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PutNumber"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HotlineNumberInfo"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    remove_number: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                number: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    orders: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrderLine"][];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    order: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                order_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Workspace"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    edit: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                order_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EditOrder"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrderInfo"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    accept_sure: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                order_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AcceptSure"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrderInfo"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    answer: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                order_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AnswerOrder"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrderInfo"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    close: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                order_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CloseOrder"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrderInfo"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    discard: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                order_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DiscardOrder"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrderInfo"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    rate: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                order_id: string;
                dispatch_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RateDispatch"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrderInfo"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    recall: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                order_id: string;
                dispatch_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RecallDispatch"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrderInfo"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    redo: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                order_id: string;
                dispatch_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RedoDispatch"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrderInfo"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    reroute: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                order_id: string;
                dispatch_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RerouteDispatch"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrderInfo"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    order_levels: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                order_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrderLevels"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    merge_order: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                order_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MergeOrder"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrderInfo"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    offer: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                order_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OfferOrder"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrderInfo"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    hand_over_order: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                order_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["HandOverOrder"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrderInfo"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    pass_on: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                order_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PassOrder"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrderInfo"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    proposals: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                order_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Proposals"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    reopen: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                order_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReopenOrder"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrderInfo"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    report_up: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                order_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReportOrder"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrderInfo"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    resume: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                order_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ResumeOrder"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrderInfo"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    same_matters: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                order_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SameOffer"][];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    send: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                order_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SendOrder"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrderInfo"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    split_order: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                order_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrderInfo"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    order_steps: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                order_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StepInfo"][];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    suspend: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                order_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SuspendOrder"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrderInfo"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    order_watch: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                order_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrderWatch"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    quality: {
        parameters: {
            query?: {
                weeks?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QualityInfo"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    quality_table: {
        parameters: {
            query?: {
                weeks?: number;
            };
            header?: never;
            path: {
                table: "classes" | "units" | "suggested" | "fields" | "weeks" | "gaps";
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/csv": unknown;
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    recordings: {
        parameters: {
            query?: {
                number?: string;
                from_day?: string | null;
                to_day?: string | null;
                queue_code?: string;
                seat_code?: string;
                user_id?: string | null;
                text?: string;
                missed?: boolean;
                page?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RecordedCalls"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    seats: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SeatInfo"][];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    who_am_i: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Me"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    sign_in: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SignIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Me"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    sign_out: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    statistics: {
        parameters: {
            query?: {
                since?: string | null;
                until?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Statistics"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    supervision: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SupervisionInfo"] | null;
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    supervise: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Supervise"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SupervisionInfo"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    stop_supervision: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    change_supervision: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SuperviseMode"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SupervisionInfo"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    taxonomy: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaxonomyInfo"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    roll_back_taxonomy: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RollBackTaxonomy"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaxonomyInfo"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    put_item: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                code: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PutItem"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaxonomyInfo"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    retire_item: {
        parameters: {
            query: {
                number: number;
            };
            header?: never;
            path: {
                code: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaxonomyInfo"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    send_text: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SendText"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TextMessageInfo"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    start_training: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelsInfo"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    cancel_training: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    unit_deadlines: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UnitDeadline"][];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    unit_forces: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ForceInfo"][];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    report_force: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                force_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MoveForce"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ForceInfo"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    unit_orders: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UnitOrder"][];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    orders_shown: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ShownOrders"];
            };
        };
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    arrive: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                dispatch_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UnitOrder"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    depart: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                dispatch_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UnitOrder"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    feed_back: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                dispatch_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["FeedBack"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UnitOrder"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    quote: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                dispatch_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["QuotePrice"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UnitOrder"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    receive: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                dispatch_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UnitOrder"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    reject: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                dispatch_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RejectDispatch"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UnitOrder"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    unit_shifts: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ShiftInfo"][];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    add_shift: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AddShift"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ShiftInfo"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    remove_shift: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                shift_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    new_unit_token: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                unit_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UnitToken"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    remove_unit_token: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                unit_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    correct_utterance: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                utterance_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CorrectUtterance"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UtteranceInfo"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    system_orders: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SystemOrders"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    system_arrive: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                order_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UnitOrder"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    system_depart: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                order_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UnitOrder"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    system_feed_back: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                order_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["FeedBack"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UnitOrder"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    system_receive: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                order_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UnitOrder"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    system_return: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
            };
            path: {
                order_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RejectDispatch"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UnitOrder"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    system_signed: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                unit_code: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UnitOrder"];
                };
            };
            /** @description Client Error */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Server Error */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
