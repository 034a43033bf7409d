using PerCall.Testing;
using Xunit;

namespace PerCall.Hosting.Tests;

/// <summary>Two processes and work that takes no time: where one of them looks just before the other, it may have all there is.</summary>
internal static class Sharing
{
    private const int Waves = 10;

    /// <summary>Sends waves of work until both processes have had a part of it, and asserts that each piece was done once.</summary>
    /// <param name="wave">Pieces of work at once.</param>
    /// <param name="send">Sends the piece of that number.</param>
    /// <param name="done">What a process has done, one text a piece.</param>
    /// <param name="first">A process.</param>
    /// <param name="second">Another.</param>
    public static async Task EachOnceByBothAsync(int wave, Func<int, Task> send, Func<ServiceProcess, List<string>> done, ServiceProcess first, ServiceProcess second)
    {
        var sent = 0;
        do
        {
            await Parallel.ForAsync(sent, sent + wave, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, _) => await send(i));
            sent += wave;
            await Eventually.HoldsAsync(() => Task.FromResult(done(first).Count + done(second).Count >= sent), "all is done", first, second);
        }
        while ((done(first).Count == 0 || done(second).Count == 0) && sent < Waves * wave);

        List<string> all = [.. done(first), .. done(second)];
        Assert.Equal(sent, all.Count);
        Assert.Equal(sent, all.Distinct().Count());
        Assert.NotEmpty(done(first));
        Assert.NotEmpty(done(second));
    }
}
