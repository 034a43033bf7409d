using System.Text;
using System.Text.Json;
using PerCall.Inference.LargeModels;

namespace PerCall.Inference.Tests.LargeModels;

/// <summary>A large model named <c>large</c> that answers as a test says, and records what it was asked.</summary>
internal sealed class FakeClient(Func<LabelQuestion, CancellationToken, Task<LabelReply>> answer) : ILargeModelClient
{
    private int _running;
    private int _most;

    public List<LabelQuestion> Questions { get; } = [];

    /// <summary>How many questions were answered at once.</summary>
    public int MostAtOnce => _most;

    public static FakeClient Choosing(Func<LabelQuestion, string> label) =>
        new((question, _) => Task.FromResult(Answer(label(question))));

    public static LabelReply Answer(string label, double? probability = null) => new()
    {
        Text = JsonSerializer.Serialize(new { label }),
        Tokens = probability is not { } p ? null :
        [
            new(new("{\"label\":\""u8.ToArray(), 0), []),
            new(new(Encoding.UTF8.GetBytes(label), Math.Log(p)), [new("x"u8.ToArray(), Math.Log(1 - p))]),
            new(new("\"}"u8.ToArray(), 0), []),
        ],
        PromptTokens = 7,
        Cost = 3,
    };

    public bool IsConfigured(string model) => model == "large";

    public async Task<LabelReply> AskAsync(LabelQuestion question, CancellationToken cancellation)
    {
        lock (Questions)
        {
            Questions.Add(question);
            _most = Math.Max(_most, ++_running);
        }

        try
        {
            return await answer(question, cancellation);
        }
        finally
        {
            Interlocked.Decrement(ref _running);
        }
    }
}
