using Azure.Core;
using Azure.Core.Pipeline;

namespace PerCall.Functions.Tests.Limits;

internal enum WriteFault
{
    None,

    /// <summary>The write never reaches storage.</summary>
    BeforeSending,

    /// <summary>The write is done, and its answer is lost.</summary>
    AfterSending,
}

/// <summary>Loses writes, or their answers.</summary>
internal sealed class WriteFaults : HttpPipelinePolicy
{
    private int _seen;

    public WriteFault Mode { get; set; }

    /// <summary>Decides for each write; goes before <see cref="Mode"/>.</summary>
    public Func<WriteFault>? Next { get; set; }

    public int Seen => _seen;

    public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline) => throw new NotSupportedException();

    public override async ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
    {
        Interlocked.Increment(ref _seen);
        var fault = Next?.Invoke() ?? Mode;
        if (fault == WriteFault.BeforeSending)
        {
            throw new IOException("The connection was lost before sending.");
        }

        await ProcessNextAsync(message, pipeline);
        if (fault == WriteFault.AfterSending)
        {
            throw new IOException("The connection was lost after sending.");
        }
    }
}
