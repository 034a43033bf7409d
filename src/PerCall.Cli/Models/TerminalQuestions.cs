using PerCall.Inference.Deriving;

namespace PerCall.Cli.Models;

/// <summary>Asks the person at the terminal.</summary>
internal sealed class TerminalQuestions(TextWriter output) : IQuestions
{
    public string? Ask(Question question)
    {
        output.WriteLine(question.Text);
        foreach (var (i, choice) in question.Choices.Index())
        {
            output.WriteLine($"  {i + 1}. {choice}");
        }

        while (true)
        {
            output.Write($"[{question.Suggestion}] ");
            if (Console.ReadLine() is not { } line)
            {
                return null;
            }

            var answer = line.Trim();
            if (answer.Length == 0)
            {
                return question.Suggestion;
            }

            if (question.Choices.Count == 0 || question.Choices.Contains(answer))
            {
                return answer;
            }

            if (int.TryParse(answer, out var number) && number >= 1 && number <= question.Choices.Count)
            {
                return question.Choices[number - 1];
            }

            output.WriteLine($"Choose 1 to {question.Choices.Count}, or one of: {string.Join(", ", question.Choices)}.");
        }
    }
}
