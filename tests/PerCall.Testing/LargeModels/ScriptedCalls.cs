using System.Globalization;

namespace PerCall.Testing.LargeModels;

/// <summary>Draws calls with scripts of all shapes that have fooled gateways.</summary>
/// <param name="random">The choices.</param>
/// <param name="name">The beginning of the ids.</param>
public sealed class ScriptedCalls(Random random, string name)
{
    // Prompts differ from each other by at least two tokens, so that a charge can be ascribed to its call.
    private const int PromptStep = 3;
    private const int LeastPrompt = 20;

    private static readonly string[] Statuses = ["429; retry-after-ms=1", "429", "500", "503; body=html", "502"];

    private int _drawn;

    /// <summary>Draws the next call.</summary>
    public ScriptedCall Draw()
    {
        var number = _drawn++;
        var call = new ScriptedCall
        {
            Id = string.Create(CultureInfo.InvariantCulture, $"{name}-{number}"),
            Kind = CallKind.Chat,
            Model = StandInModels.Steady,
            Script = "",
            Stream = random.Next(10) < 7,
            PromptTokens = LeastPrompt + (number * PromptStep),
            Bound = 0,
            Ending = Ending.Reported,
        };
        call = random.Next(20) switch
        {
            0 => Embeddings(call),
            1 => Transcription(call),
            < 6 => Generating(call with { Kind = CallKind.Responses }),
            _ => Generating(call with { Choices = random.Next(4) == 0 ? random.Next(2, 4) : 1 }),
        };
        return Leaving(call with { Script = $"id={call.Id}; {call.Script}" });
    }

    private static ScriptedCall Embeddings(ScriptedCall call) => call with
    {
        Kind = CallKind.Embeddings,
        Model = StandInModels.Vectors,
        Stream = false,
        Script = $"in={call.PromptTokens}",
        In = call.PromptTokens,
    };

    private ScriptedCall Transcription(ScriptedCall call)
    {
        var seconds = random.Next(1, 5);
        return call with
        {
            Kind = CallKind.Transcription,
            Model = StandInModels.Speech,
            Stream = false,
            PromptTokens = 0,
            Script = $"tokens=3; usage=duration; seconds={seconds}",
            Seconds = seconds,
        };
    }

    private ScriptedCall Generating(ScriptedCall call)
    {
        var tokens = random.Next(1, 41);
        var bound = tokens + random.Next(0, 20);
        // One less than is counted, so that the basis of a charge can be seen.
        var reported = (call.CountedIn ?? call.PromptTokens + 1) - 1;
        call = call with
        {
            Model = random.Next(4) == 0 ? StandInModels.Rounded : StandInModels.Steady,
            Bound = bound,
            IncludeUsage = random.Next(2) == 0,
            In = reported,
            Out = tokens * call.Choices,
            Visible = tokens * call.Choices,
            Script = $"tokens={tokens}; in={reported}",
        };
        if (random.Next(3) == 0)
        {
            call = With(call, $"delay={random.Next(1, 8)}");
        }

        return random.Next(20) switch
        {
            < 6 => call,
            < 8 => Detailed(call, reported, tokens),
            < 12 => BadlyReported(call),
            < 14 => Bounded(call, tokens),
            < 16 => BrokenOff(call, tokens),
            < 18 => FailingOver(call),
            _ => Failing(call),
        };
    }

    /// <summary>Usage with details that others lose.</summary>
    private ScriptedCall Detailed(ScriptedCall call, long reported, int tokens)
    {
        switch (random.Next(5))
        {
            case 0:
                var cached = random.Next(1, (int)reported);
                return With(call, $"cached={cached}") with { In = reported - cached, Cached = cached };
            case 1:
                return With(call, $"usage={(random.Next(2) == 0 ? "with-choices" : "twice")}");
            case 2:
                // Hidden tokens are within the bound, too.
                var hidden = random.Next(1, 20);
                return With(call with { Bound = tokens + hidden }, $"reasoning={hidden}") with { Out = call.Visible + hidden };
            case 3:
                return With(call, $"cache-write={random.Next(2, (int)reported)}");
            default:
                return call.Stream ? With(call, "keep-alive") : call;
        }
    }

    private ScriptedCall BadlyReported(ScriptedCall call) => random.Next(7) switch
    {
        0 => With(call, "usage=missing") with { Ending = Ending.Counted },
        1 => With(call, "usage=negative") with { Ending = Ending.Counted },
        2 => With(call, "usage=absurd") with { Ending = Ending.Counted },
        3 => With(call, "usage=zero") with { Ending = Ending.Counted },
        4 => With(call, "usage=string") with { Ending = Ending.Either },
        5 => With(call, "usage=float") with { Ending = Ending.Either },
        _ => call.Stream && call.Kind == CallKind.Chat ? With(call, "no-done") with { Ending = Ending.Either } : call,
    };

    /// <summary>The provider stops early, or does not stop at the bound.</summary>
    private ScriptedCall Bounded(ScriptedCall call, int tokens)
    {
        var bound = random.Next(1, tokens + 1);
        switch (random.Next(3))
        {
            case 0:
                return call with { Bound = bound, Out = bound * call.Choices, Visible = bound * call.Choices };
            case 1:
                // The charge ends at the bound. A report far beyond it may be taken for an error.
                return With(call with { Bound = bound }, "beyond") with
                {
                    Ending = Ending.Either,
                    Out = bound * call.Choices,
                    Visible = bound * call.Choices,
                };
            default:
                return With(call, $"filter={bound}") with { Out = bound * call.Choices, Visible = bound * call.Choices };
        }
    }

    private ScriptedCall BrokenOff(ScriptedCall call, int tokens)
    {
        if (!call.Stream)
        {
            return With(call with { Model = StandInModels.Failing }, random.Next(2) == 0 ? "cut=1" : "garbage=1") with
            {
                Ending = Ending.Refused,
            };
        }

        var after = random.Next(0, (tokens * call.Choices) + 1);
        var fault = random.Next(10) switch
        {
            < 3 => $"cut={after}",
            3 => $"reset={after}",
            < 6 => $"error-in-200={after}",
            < 8 => $"garbage={after}",
            8 => $"stall={after}",
            _ => "no-finish",
        };
        var model = after == 0 ? StandInModels.Failing : StandInModels.Broken;
        return With(call with { Model = model }, fault) with { Ending = Ending.Broken };
    }

    /// <summary>The first deployment fails before the first token.</summary>
    private ScriptedCall FailingOver(ScriptedCall call)
    {
        var fault = random.Next(10) switch
        {
            < 6 => $"status={Statuses[random.Next(Statuses.Length)]}",
            < 9 => "error-in-200=before",
            _ => "hang",
        };
        return With(call with { Model = StandInModels.Shaky }, $"at={StandInModels.Shaky.Deployments[0]}; {fault}");
    }

    private ScriptedCall Failing(ScriptedCall call)
    {
        var fault = random.Next(4) switch
        {
            0 => "status=400",
            1 => "filter=prompt",
            2 => "error-in-200=before",
            _ => $"status={Statuses[random.Next(Statuses.Length)]}",
        };
        var model = fault is "status=400" or "filter=prompt" ? StandInModels.Broken : StandInModels.Failing;
        return With(call with { Model = model }, fault) with { Ending = Ending.Refused };
    }

    private ScriptedCall Leaving(ScriptedCall call) => random.Next(10) switch
    {
        0 => Slow(call) with { Leave = Leave.Early, LeaveAfter = random.Next(0, 30) },
        1 or 2 when call is { Stream: true, Visible: > 1 } =>
            Slow(call) with { Leave = Leave.Within, LeaveAfter = random.Next(1, (int)call.Visible) },
        3 when call.Stream => call with { Leave = Leave.AtTheEnd, LeaveAfter = (int)Math.Max(1, call.Visible) },
        _ => call,
    };

    /// <summary>Gives the caller time to leave in the middle.</summary>
    private ScriptedCall Slow(ScriptedCall call) =>
        call.Script.Contains("delay=", StringComparison.Ordinal) ? call : With(call, $"first=10; delay={random.Next(1, 8)}");

    private static ScriptedCall With(ScriptedCall call, string settings) => call with { Script = $"{call.Script}; {settings}" };
}
