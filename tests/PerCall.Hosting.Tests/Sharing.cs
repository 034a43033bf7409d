using PerCall.Testing;
using Xunit;

namespace PerCall.Hosting.Tests;

/// <summary>Two processes that share work, each of which takes one piece at a time.</summary>
internal static class Sharing
{
    public static ParallelOptions InParallel { get; } = new() { MaxDegreeOfParallelism = 8 };

    public static async Task<ServiceProcess[]> StartTwoAsync(TestApp app)
    {
        app["AzureFunctionsJobHost__extensions__queues__batchSize"] = "1";
        app["AzureFunctionsJobHost__extensions__queues__newBatchThreshold"] = "0";
        return await Task.WhenAll(app.StartAsync(), app.StartAsync());
    }

    /// <summary>Waits until all pieces are done, and asserts that each was done once and that both had a part of them.</summary>
    /// <param name="pieces">How many there are.</param>
    /// <param name="done">What a process has done, one text a piece.</param>
    /// <param name="services">The processes.</param>
    public static async Task EachOnceByBothAsync(int pieces, Func<ServiceProcess, List<string>> done, ServiceProcess[] services)
    {
        await Eventually.HoldsAsync(() => Task.FromResult(services.Sum(s => done(s).Count) >= pieces), "all is done", services);

        var all = services.SelectMany(done).ToList();
        Assert.Equal(pieces, all.Count);
        Assert.Distinct(all);
        Assert.All(services, s => Assert.NotEmpty(done(s)));
    }
}
