using Microsoft.Extensions.Hosting;
using PerCall.LargeModels.Routes;
using PerCall.LargeModels.Tokens;

namespace PerCall.Functions.LargeModels;

/// <summary>
/// Loads the encodings of the configured models beside the first calls' start. Loading one takes about 0.3 s, which a caller would wait
/// for.
/// </summary>
public sealed class TokenizerWarmup(LargeModelRoutes routes) : IHostedService
{
    private const string AnyText = "Count this.";

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (!routes.IsEmpty)
        {
            _ = Task.Run(Load, cancellationToken);
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void Load()
    {
        foreach (var kind in routes.All.Select(r => r.Tokenizer.ForCharges()).Distinct())
        {
            TokenCounter.For(kind).Count(AnyText);
        }
    }
}
